from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

import zsc_wh
from zsc_wh.resources import data_folder
from zsc_wh.store import Store

if TYPE_CHECKING:
    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

SLICES = ("1/3", "2/3", "3/3")
MORE = """
[encoder.shifted]
loader = { kind = "embeddings", path = "shifted-{dataset}.npz" }

[encoder.both]
loader = { kind = "concat", encoders = ["blob_features", "shifted"] }
"""


@pytest.fixture
def grid(make_grid: MakeGrid) -> Path:
    """Widen the tiny grid: three datasets, for one of them three encoders."""
    path = make_grid()
    blobs = np.load(path.parent / "blobs.npz")
    for number, name in enumerate(("b", "c", "shifted-blobs")):
        noise = np.random.default_rng(number).normal(size=blobs["embeddings"].shape)
        embeddings = (blobs["embeddings"] + noise).astype(np.float32)
        np.savez(
            path.parent / f"{name}.npz", embeddings=embeddings, y_true=blobs["y_true"]
        )
    text = path.read_text(encoding="utf-8")
    dataset = text[text.index("[dataset") : text.index("[encoder")]
    cross = text[text.index("[[cross]]") :]
    for name in "bc":
        text += dataset.replace("blobs", name)
        text += cross.replace('["blobs"]', f'["{name}"]')
    text = text.replace('["blob_features"]', '["blob_features", "shifted", "both"]', 1)
    path.write_text(text + MORE, encoding="utf-8")
    return path


def _cells(zscwh: Command, grid: Path, part: str) -> dict[str, str]:
    """Return the cells of a slice: key to encoder and dataset."""
    out = zscwh("plan", grid, "--slice", part, "--cells", "-f", "csv").stdout
    rows = csv.DictReader(out.splitlines())
    return {row["cell_key"]: f"{row['encoder']}/{row['dataset']}" for row in rows}


def _results(path: Path) -> tuple[list[tuple[object, ...]], ...]:
    """Return what does not depend on who computed it."""
    opened = zsc_wh.open(path)
    return tuple(
        opened.run_sql(f"select {columns} order by all").rows
        for columns in (
            "cell_key, status, labels from run left join assignment using (run_key)",
            "* exclude (declared_at) from grid",
            "* from grid_cell",
        )
    )


def _scores(path: Path) -> dict[tuple[object, ...], object]:
    """Return every score; what is measured beside it may change the last digit."""
    found = zsc_wh.open(path).run_sql(
        "select cell_key, metric, space, label_key, coalesce(value, 99) "
        "from score join run using (run_key)"
    )
    return {tuple(key): value for *key, value in found.rows}


def test_slices_are_the_plan(grid: Path, zscwh: Command) -> None:
    """Each cell is in one slice, with what it shares, whatever is done already."""
    before = [_cells(zscwh, grid, part) for part in SLICES]
    assert [len(cells) for cells in before].count(27) == 1  # of the concatenation
    assert sorted(map(len, before)) == [9, 9, 27]
    for other in ("b", "c"):
        holders = [f"blob_features/{other}" in cells.values() for cells in before]
        assert sum(holders) == 1
    assert len({key for cells in before for key in cells}) == 45
    zscwh("ingest", grid, "--limit", "5")
    assert [_cells(zscwh, grid, part) for part in SLICES] == before
    many = [_cells(zscwh, grid, f"{number}/7") for number in range(1, 8)]
    assert Counter(key for cells in many for key in cells) == Counter(
        {key: 1 for cells in before for key in cells}
    )
    assert all(many)
    out = zscwh("plan", grid, "--slice", "99/99").stderr
    assert "slice 99/99: empty" in out


@pytest.mark.parametrize(
    "part", ["0/3", "4/3", "1/0", "x", "1/2/3", "-1/3", "\u0661/\u0663", ""]
)
def test_a_wrong_slice_is_refused(part: str, grid: Path, zscwh: Command) -> None:
    """The message says what a slice is."""
    done = zscwh("ingest", grid, "--shards-only", "out", f"--slice={part}", code=2)
    assert "is not a slice. Give I/N" in done.stderr


def test_a_slice_does_not_fill_a_warehouse(grid: Path, zscwh: Command) -> None:
    """Slices would wait for each other, so the hint names the way."""
    done = zscwh("ingest", grid, "--slice", "1/3", code=2)
    assert "needs --shards-only DIR" in done.stderr


def _job(folder: Path, grid: Path, number: int) -> subprocess.Popen[bytes]:
    """Start the job of a slice as Slurm does; the programs of Slurm are played."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, line in (
        ("srun", 'exec "$@"'),
        ("zscwh", f'exec "{sys.executable}" -m zsc_wh "$@"'),
        ("scontrol", 'echo "$@" >> requeued'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    return subprocess.Popen(
        ["bash", data_folder("ingest") / "slurm.sbatch", "3", grid],
        cwd=folder,
        env=os.environ
        | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(zsc_wh.__file__).parents[1]),
            "SLURM_ARRAY_JOB_ID": "77",
            "SLURM_ARRAY_TASK_ID": str(number),
        },
        stderr=subprocess.DEVNULL,
    )


def _wait_for_arrays(folder: Path, n_arrays: int) -> None:
    """Wait until a job has begun; most of its work is left then."""
    store = Store(folder / "zscwh.duckdb.store")
    until = time.monotonic() + 120
    while store.size()[0] < n_arrays:
        assert time.monotonic() < until, "the job makes no array"
        time.sleep(0.02)


@pytest.mark.slow
def test_killed_slices_go_on_and_give_what_one_run_gives(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """One slice is stopped by Slurm and one killed; these two alone run again."""
    first = _job(tmp_path, grid, 1)
    _wait_for_arrays(tmp_path, 2)
    children = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGTERM)
    for child in children:  # Slurm signals all processes of a step
        with suppress(psutil.NoSuchProcess):  # it has ended by itself
            child.send_signal(signal.SIGTERM)
    assert first.wait(60) == 130
    assert (tmp_path / "requeued").read_text(encoding="utf-8") == "requeue 77_1\n"
    n_arrays = Store(tmp_path / "zscwh.duckdb.store").size()[0]
    second = _job(tmp_path, grid, 2)
    _wait_for_arrays(tmp_path, n_arrays + 2)
    for process in (*psutil.Process(second.pid).children(recursive=True), second):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    second.wait(60)

    part = ("ingest", grid, "--shards-only", "shards", "--slice")
    zscwh(*part, "3/3")
    zscwh(*part, "1/3", "--limit", "2")
    done = zscwh(*part, "1/3")
    assert "2 done" in done.stderr
    assert "bring them in with `zscwh load shards`" in done.stderr
    zscwh(*part, "2/3")
    for again in SLICES:
        assert "0 cells executed" in zscwh(*part, again).stderr
    assert not (tmp_path / "zscwh.duckdb").exists()
    zscwh("load", "shards")
    zscwh("--warehouse", "one.duckdb", "ingest", grid)
    assert _results(tmp_path / "zscwh.duckdb") == _results(tmp_path / "one.duckdb")
    scores = _scores(tmp_path / "zscwh.duckdb")
    assert scores == pytest.approx(_scores(tmp_path / "one.duckdb"), rel=1e-12)
    opened = zsc_wh.open(tmp_path / "zscwh.duckdb")
    twice = opened.run_sql(
        "select stage, subject_key from task where stage in ('embed', 'reduce', "
        "'linkage', 'cluster') group by all having count(*) > 1"
    )
    assert twice.rows == []
    assert opened.audit() == []
    assert "0 cells executed" in zscwh("ingest", grid).stderr
