from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zsc_wh
from tests.engine.killing import check_kills, kill_at, scores
from tests.engine.photos import edit, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid


@pytest.mark.slow
def test_killed_ingests_lose_and_double_nothing(
    make_grid: MakeGrid, zscwh_process: Command, tmp_path: Path
) -> None:
    """After kill -9 at random moments the result equals that of an undisturbed run."""
    check_kills(make_grid, zscwh_process, tmp_path, 3)


@pytest.mark.slow
def test_killed_while_names_change_leaves_nothing_wrong(
    zscwh_process: Command, tmp_path: Path
) -> None:
    """Edits with kill -9 between them end in what the last one means alone."""
    grid = make(tmp_path)
    rng = np.random.default_rng()
    command = [sys.executable, "-m", "zsc_wh", "ingest", str(grid)]
    zscwh_process("ingest", grid)
    edits = [
        ("ant/00.bmp,insect,ant", "ant/00.bmp,insect,bee"),
        ("cat/03.bmp,mammal,cat", "cat/03.bmp,mammal,ant"),
        (",insect,bee\n", ",insect,wasp\n"),
        ("photos/cat/09.bmp,mammal,cat\n", ""),
        ("photos/ant/02.bmp", "photos/./ant/02.bmp"),
    ]
    for old, new in edits:
        edit(tmp_path / "table.csv", old, new)
        kill_at(rng.uniform(0.3, 4.0), command, tmp_path)
    zscwh_process("ingest", grid)
    zscwh_process("--warehouse", "calm.duckdb", "ingest", grid)
    assert scores(tmp_path / "zscwh.duckdb") == scores(tmp_path / "calm.duckdb")
    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert warehouse.audit() == []
    assert warehouse.run_sql("select count(*) from result").rows == [(4,)]
    assert [*warehouse.inbox.glob("*.shard"), *warehouse.inbox.glob(".tmp-*")] == []


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    make_grid: MakeGrid, zscwh_process: Command, tmp_path: Path
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
    zscwh_process("ingest", grid)
    opened = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert opened.run_sql("select count(*) from run").rows == [(36,)]
