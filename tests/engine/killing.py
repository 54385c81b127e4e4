"""Kill ingests at random moments, and compare what is left with a calm one."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import psutil

import zsc_wh

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

CLUSTERERS = ("kmeans", "spectral", "ac-known", "ac-unknown", "affinity", "hdbscan")


def scores(path: Path) -> list[tuple[object, ...]]:
    """Return every score of a warehouse with its cell and its assignment."""
    return (
        zsc_wh.open(path)
        .run_sql(
            "select reducer, clusterer, level, seed, metric, space, score.subset, "
            "value, labels from score join result using (run_key) "
            "join assignment using (run_key) "
            "where score.label_key in (result.label_key, '') order by all"
        )
        .rows
    )


def kill_at(seconds: float, command: list[str], folder: Path) -> bool:
    """Run a command and kill it after this many seconds; True when it had ended."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        time.sleep(seconds)
        if process.poll() is not None:
            assert process.returncode == 0
            return True
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive, "a worker outlived its parent"
    return False


def check_kills(
    make_grid: MakeGrid, zscwh: Command, folder: Path, kills: int
) -> list[Path]:
    """Kill a running ingest this many times; compare the ends with an undisturbed run.

    Ingests that end before they are killed are followed by one into a new warehouse;
    returns all of these.
    """
    grid = make_grid(clusterers=CLUSTERERS, seeds="0, 1, 2")
    zscwh("--warehouse", "calm.duckdb", "ingest", grid)
    rng = np.random.default_rng()
    done, files = 0, [folder / "killed-0.duckdb"]
    while done < kills:
        command = [
            *(sys.executable, "-m", "zsc_wh", "--warehouse"),
            *(str(files[-1]), "ingest", str(grid)),
        ]
        if kill_at(rng.uniform(0.3, 8.0), command, folder):
            files.append(folder / f"killed-{len(files)}.duckdb")
        else:
            done += 1
    calm = scores(folder / "calm.duckdb")
    doubled = "select cell_key from run group by cell_key having count(*) > 1"
    for file in files:
        zscwh("--warehouse", file, "ingest", grid)
        warehouse = zsc_wh.open(file)
        assert scores(file) == calm
        assert warehouse.run_sql(doubled).rows == []
        assert warehouse.run_sql("select count(*) from result").rows == [(54,)]
        assert warehouse.audit() == []
        left = [*warehouse.inbox.glob("*.shard"), *warehouse.inbox.glob(".tmp-*")]
        assert left == []
    return files
