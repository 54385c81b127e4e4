from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

import zsc_wh
from tests.engine.photos import edit, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import Command, MakeGrid

KILLS = int(os.environ.get("ZSCWH_KILLS", "3"))
"""How often the running ingest is killed."""


def _scores(path: Path) -> list[tuple[object, ...]]:
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


def _kill_at(seconds: float, command: list[str], folder: Path) -> bool:
    """Run a command and kill it after so many seconds; True when it had ended."""
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


@pytest.mark.slow
def test_killed_ingests_lose_and_double_nothing(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """After kill -9 at random moments the result equals that of an undisturbed run."""
    grid = make_grid(
        clusterers=(
            "kmeans",
            "spectral",
            "ac-known",
            "ac-unknown",
            "affinity",
            "hdbscan",
        ),
        seeds="0, 1, 2",
    )
    zscwh("--warehouse", "calm.duckdb", "ingest", grid)
    rng = np.random.default_rng()
    kills, files = 0, [tmp_path / "killed-0.duckdb"]
    while kills < KILLS:
        command = [
            *(sys.executable, "-m", "zsc_wh", "--warehouse"),
            *(str(files[-1]), "ingest", str(grid)),
        ]
        if _kill_at(rng.uniform(0.3, 8.0), command, tmp_path):
            files.append(tmp_path / f"killed-{len(files)}.duckdb")
        else:
            kills += 1
    calm = _scores(tmp_path / "calm.duckdb")
    doubled = "select cell_key from run group by cell_key having count(*) > 1"
    for file in files:
        zscwh("--warehouse", file, "ingest", grid)
        warehouse = zsc_wh.open(file)
        assert _scores(file) == calm
        assert warehouse.run_sql(doubled).rows == []
        assert warehouse.run_sql("select count(*) from result").rows == [(54,)]
        assert warehouse.audit() == []
        left = [*warehouse.inbox.glob("*.shard"), *warehouse.inbox.glob(".tmp-*")]
        assert left == []


@pytest.mark.slow
def test_killed_while_names_change_leaves_nothing_wrong(
    zscwh: Command, tmp_path: Path
) -> None:
    """Edits with kill -9 between them end in what the last one means alone."""
    grid = make(tmp_path)
    rng = np.random.default_rng()
    command = [sys.executable, "-m", "zsc_wh", "ingest", str(grid)]
    zscwh("ingest", grid)
    edits = [
        ("ant/00.bmp,insect,ant", "ant/00.bmp,insect,bee"),
        ("cat/03.bmp,mammal,cat", "cat/03.bmp,mammal,ant"),
        (",insect,bee\n", ",insect,wasp\n"),
        ("photos/cat/09.bmp,mammal,cat\n", ""),
        ("photos/ant/02.bmp", "photos/./ant/02.bmp"),
    ]
    for old, new in edits:
        edit(tmp_path / "table.csv", old, new)
        _kill_at(rng.uniform(0.3, 4.0), command, tmp_path)
    zscwh("ingest", grid)
    zscwh("--warehouse", "calm.duckdb", "ingest", grid)
    assert _scores(tmp_path / "zscwh.duckdb") == _scores(tmp_path / "calm.duckdb")
    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert warehouse.audit() == []
    assert warehouse.run_sql("select count(*) from result").rows == [(4,)]
    assert [*warehouse.inbox.glob("*.shard"), *warehouse.inbox.glob(".tmp-*")] == []


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """SIGINT ends with code 130, no worker left, results loaded."""
    grid = make_grid(clusterers=("kmeans", "affinity", "spectral"), seeds="0, 1, 2, 3")
    with subprocess.Popen(
        [sys.executable, "-m", "zsc_wh", "ingest", str(grid), "--jobs", "1"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        store = tmp_path / "zscwh.duckdb.store"
        while not list(store.glob("??/*.json")):
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "The same command goes on from here." in said
    zscwh("ingest", grid)
    opened = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert opened.run_sql("select count(*) from run").rows == [(36,)]
