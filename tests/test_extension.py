"""A stage of one's own: the files that it takes, in a copy of the package.

CONTRIBUTING tells what is added from outside; a stage is part of the package.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import zsc_wh

ROOT = Path(zsc_wh.__file__).parent.parent

STAGE = '''
"""Find the nearest neighbours of every sample of an embedding."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.neighbors import NearestNeighbors

from zsc_wh.identity import key_of
from zsc_wh.records import Outcome, Status
from zsc_wh.work import provenance
from zsc_wh.work.base import Array, forecast

N_NEAREST = 5


@dataclass(frozen=True)
class Nearest(Array):
    """Indices of the nearest samples."""

    stage: ClassVar[str] = "nearest"

    embedding: object
    impossible: str | None = None

    @property
    def key(self):
        return key_of("nearest", embedding=self.embedding.key)

    @property
    def title(self):
        return f"{self.embedding.title} / nearest"

    @property
    def source(self):
        return self.embedding.source

    def needs(self):
        return (self.embedding,)

    def expected_n(self, sizes):
        return sizes.n(self.embedding)

    def expected_dim(self, sizes):
        return N_NEAREST

    guessed_dim = expected_dim

    def cost(self, sizes):
        n, d = sizes.n(self.embedding), sizes.guessed_dim(self.embedding)
        return forecast(
            self.stage, "scikit-learn", "brute", 8 * n * n, 1e-9 * n * n * d,
            disk_bytes=sizes.bytes(self),
        )

    def task(self, session):
        return NearestTask(self.key, self.embedding.key)


@dataclass(frozen=True)
class NearestTask:
    """Find them in the stored array."""

    reads_files: ClassVar[bool] = False

    key: str
    embedding_key: str

    def run(self, store, progress):
        features = np.asarray(store.load(self.embedding_key))
        model = NearestNeighbors(n_neighbors=N_NEAREST).fit(features)
        found = model.kneighbors(return_distance=False).astype(np.float32)
        row = {
            "nearest_key": self.key,
            "embedding_key": self.embedding_key,
            "n": len(found),
            "uri": store.uri(self.key),
            "created_at": provenance.now(),
        }
        stored = store.put(
            self.key, found, lambda sha256: {"nearest": [row | {"sha256": sha256}]}
        )
        return Outcome(Status.DONE, rows=stored.rows)
'''

TABLE = """
-- name: nearest
-- doc: one row per embedding whose neighbours were found
-- key: nearest_key
-- refers:
--   embedding_key embedding, else left out

create table nearest (
    nearest_key varchar not null,
    embedding_key varchar not null,
    n integer not null,
    uri varchar not null,
    sha256 varchar not null,
    created_at timestamptz not null,
    primary key (nearest_key)
);

comment on table nearest is 'One row per embedding whose neighbours were found.';
comment on column nearest.nearest_key is
    'the array';
comment on column nearest.embedding_key is
    'whose neighbours they are';
comment on column nearest.n is
    'samples';
comment on column nearest.uri is
    'where the array lies, relative to the store';
comment on column nearest.sha256 is
    'sha256 of the stored file';
comment on column nearest.created_at is
    'when it was finished';
"""

IMPORT = "from zsc_wh.work.nearest import Nearest\n"
EDITS = {
    # who reads it
    "zsc_wh/work/reduce.py": (
        ("(self.embedding,)", "(self.embedding, Nearest(self.embedding))"),
        ("from zsc_wh.work.readable", f"{IMPORT}from zsc_wh.work.readable"),
    ),
    # where people read of it
    "zsc_wh/work/__init__.py": (
        ("    Reduction,\n", "    Nearest,\n    Reduction,\n"),
        ("from zsc_wh.work.probe", f"{IMPORT}from zsc_wh.work.probe"),
    ),
    # where queries sort it
    "schema/macros/stage_rank.sql": (("'embed', ", "'embed', 'nearest', "),),
}

GRID = """
name = "shared"
scores = ["ami"]
[dataset.some]
loader = { kind = "digits" }
subset = { n = 60, seed = 1 }
[[cross]]
datasets = ["some"]
encoders = ["pixels"]
reducers = ["none", "zscore", "pca-0.85"]
clusterers = ["kmeans", "ac-known"]
"""


Zscwh = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def zscwh(tmp_path: Path) -> Zscwh:
    """Return a command of a copy of the package that has the stage."""
    copy = tmp_path / "copy"
    for name in ("zsc_wh", "schema", "queries", "ingest", "reports"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    (copy / "zsc_wh/work/nearest.py").write_text(STAGE.lstrip(), encoding="utf-8")
    (copy / "schema/tables/nearest.sql").write_text(TABLE.lstrip(), encoding="utf-8")
    for name, edits in EDITS.items():
        text = (copy / name).read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) >= 1, (name, old)
            text = text.replace(old, new, 1)
        (copy / name).write_text(text, encoding="utf-8")
    (tmp_path / "shared.toml").write_text(GRID, encoding="utf-8")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "zsc_wh", *args],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run


def rows(zscwh: Zscwh, *args: str) -> list[list[str]]:
    """Return what a command prints as CSV, without the header."""
    text = zscwh(*args, "-f", "csv").stdout
    return list(csv.reader(io.StringIO(text)))[1:]


def stored(folder: Path) -> int:
    """Return how many arrays are stored."""
    return len(list(folder.glob("*.store/??/*.npy")))


@pytest.mark.slow
def test_a_stage_that_several_cells_share(zscwh: Zscwh, tmp_path: Path) -> None:
    """It takes a file, a table, its name in two lists, and a line in who needs it.

    Nothing in `engine/`, `upkeep/` or `cli/` changes: two reductions find its array
    made once, and it is kept, freed and forgotten with the embedding that it hangs on.
    """
    plan = {stage: rest for stage, *rest in rows(zscwh, "plan", "shared.toml")}
    assert plan["nearest"][0] == "1"
    assert int(plan["nearest"][3]) > 0  # forecast of its memory
    assert plan["cluster"][0] == "6"
    zscwh("ingest", "shared.toml")
    tasks = "select stage, status, count(*) from task group by all order by all"
    made = [
        ["cluster", "done", "6"],
        ["embed", "done", "1"],
        ["linkage", "done", "3"],
        ["nearest", "done", "1"],
        ["reduce", "done", "2"],
        ["score", "done", "6"],
    ]
    assert rows(zscwh, "sql", tasks) == made
    assert {row[1] for row in rows(zscwh, "plan", "shared.toml")} == {"0"}

    cost = "cost_per_stage", "-p", "stage=nearest", "-p", "dataset=some"
    assert rows(zscwh, "query", *cost, "--columns", "subject,n") == [["pixels", "1"]]

    zscwh("prune", "--yes")
    assert stored(tmp_path) == 7
    # a reduction goes with its tree; the embedding, which other cells use, stays
    zscwh("forget", "--reducer", "zscore", "--arrays", "--yes")
    assert stored(tmp_path) == 5
    zscwh("ingest", "shared.toml")
    made[0][2], made[2][2], made[4][2], made[5][2] = "8", "4", "3", "8"
    assert rows(zscwh, "sql", tasks) == made

    zscwh("prune", "--complete", "--yes")
    assert stored(tmp_path) == 0
    assert {row[1] for row in rows(zscwh, "plan", "shared.toml")} == {"0"}
    zscwh("forget", "--grid", "shared", "--arrays", "--yes")
    counts = "select count(*) from nearest union all select count(*) from embedding"
    assert rows(zscwh, "sql", counts) == [["0"], ["0"]]
    zscwh("ingest", "shared.toml")
    assert rows(zscwh, "sql", counts) == [["1"], ["1"]]
    assert {row[1] for row in rows(zscwh, "plan", "shared.toml")} == {"0"}
