"""A warehouse from Python, as in a notebook."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import zsc_wh
from tests.queries.made import Made
from zsc_wh.errors import (
    ConfigError,
    QueryError,
    SchemaError,
    StoreError,
    ZscError,
)
from zsc_wh.opened import PUBLIC, OpenWarehouse
from zsc_wh.store import Store
from zsc_wh.warehouse import Warehouse


@pytest.fixture
def opened(tmp_path: Path) -> OpenWarehouse:
    """Return a warehouse with two closed cells, one of them for two seeds."""
    made = Made()
    made.dataset("photos", ["a", "b", "a", "b"])
    made.reducer("none")
    made.clusterer("kmeans")
    made.encoder("dino")
    made.encoder("mae")
    for encoder, seed, ami in (("dino", 1, 0.5), ("dino", 2, 0.25), ("mae", 1, 0.125)):
        cell = made.cell(encoder, "photos", "none", "kmeans", seed)
        made.embedding(encoder, "photos")
        made.run(cell, {"ami": ami}, labels=[0, 1, 0, 1])
    path = tmp_path / "made.duckdb"
    Warehouse(path).create()
    Warehouse(path).write(made.fill)
    return zsc_wh.open(path)


def test_only_what_is_for_people_is_offered(opened: OpenWarehouse) -> None:
    """All of it is there and says what it does."""
    assert dir(opened) == [*PUBLIC]
    for name in set(PUBLIC) - {"path"}:
        assert getattr(opened, name).__doc__


def test_parameters_reach_the_sql(opened: OpenWarehouse) -> None:
    """By name; what SQL cannot see stays outside as ever."""
    text = "select ami from result where encoder = $e and seed = $s"
    found = opened.sql(text, e="dino", s=2)
    assert found["ami"].to_list() == [0.25]
    with pytest.raises(QueryError):
        opened.sql("select * from read_csv($f)", f="/etc/passwd")
    with pytest.raises(QueryError):
        opened.sql("select $missing")


def test_queries_tables_and_columns_are_listed(opened: OpenWarehouse) -> None:
    """What can be asked, and what it means."""
    queries = opened.queries()
    assert "encoder_ranks" in queries["query"]
    assert (
        "encoder"
        in queries.row(by_predicate=pl.col("query") == "results", named=True)["params"]
    )
    tables = opened.tables()
    assert tables.filter(name="result")["kind"].to_list() == ["view"]
    assert tables.filter(name="run")["kind"].to_list() == ["table"]
    assert tables["doc"].null_count() == 0
    described = opened.describe("result")
    assert described.filter(column="ami")["doc"].item().startswith("adjusted mutual")
    assert opened.describe("encoder_ranks")["column"].to_list()[:2] == [
        "is_overall",
        "scope",
    ]
    with pytest.raises(QueryError, match="did you mean 'result"):
        opened.describe("resulst")


@pytest.mark.parametrize("name", ["mae/photos/none/kmeans", "mae/photos/none/kmeans/1"])
def test_a_cell_is_named_by_its_path(opened: OpenWarehouse, name: str) -> None:
    """With its seed or without, or by the beginning of its key."""
    key = opened.query("results", encoder="mae")["cell_key"].item()
    expected = opened.assignments(key)
    assert expected["cluster"].to_list() == [0, 1, 0, 1]
    for cell in (name, key[:8]):
        assert opened.assignments(cell).equals(expected)
        assert opened.query("assignments", cell=cell).equals(expected)
        assert (
            opened.explain(cell).filter(part="cell", name="key")["value"].item() == key
        )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mea/photos/none/kmeans", "did you mean 'mae/photos/none/kmeans'"),
        ("dino/photos/none/kmeans", "means 2 cells"),
        ("zzz", "no cell"),
    ],
)
def test_a_cell_that_is_not_found_is_told(
    opened: OpenWarehouse, name: str, message: str
) -> None:
    """Never an empty frame; the nearest name is told."""
    asked: list[Any] = [opened.assignments, opened.explain, opened.embedding]
    asked.append(lambda cell: opened.query("assignments", cell=cell))
    for ask in asked:
        with pytest.raises(QueryError, match=message):
            ask(name)


def test_the_command_line_names_cells_alike(opened: OpenWarehouse) -> None:
    """A parameter of a query that is a cell takes its names."""
    command = [sys.executable, "-m", "zsc_wh", "--warehouse", str(opened.path)]
    command += ["query", "assignments", "-f", "csv", "-p"]
    done = subprocess.run(
        [*command, "cell=mae/photos/none/kmeans"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == 5
    done = subprocess.run(
        [*command, "cell=mea/photos/none/kmeans"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode
    assert "did you mean 'mae/photos/none/kmeans'" in done.stderr


def test_an_embedding_is_an_array(opened: OpenWarehouse) -> None:
    """As it is in the store; one that was removed is told."""
    with pytest.raises(StoreError, match="the embedding is not in the store"):
        opened.embedding("mae/photos/none/kmeans")
    key = opened.sql(
        "select embedding_key as k from cell inner join encoder_name "
        "using (encoder_key) where name = 'mae'"
    )
    array = np.arange(12, dtype=np.float32).reshape(4, 3)
    Store(opened.store_path).put(key["k"].item(), array, lambda _sha256: {})
    np.testing.assert_array_equal(opened.embedding("mae/photos/none/kmeans"), array)


def test_sides_are_compared(opened: OpenWarehouse, tmp_path: Path) -> None:
    """As the command line does: a warehouse with a copy of itself, and two seeds."""
    copy = tmp_path / "copy.duckdb"
    shutil.copy(opened.path, copy)
    assert set(opened.compare(str(opened.path), str(copy))["difference"]) == {0.0}
    seeds = opened.compare("seed:1", "seed:2").filter(encoder="dino")
    assert seeds.select("a", "b").row(0) == (0.5, 0.25)
    with pytest.raises(ConfigError, match="is not a seed"):
        opened.compare("seed:x", "seed:1")


def test_a_notebook_shows_what_is_inside(opened: OpenWarehouse) -> None:
    """A table of counts, with nothing that a browser would obey; lines elsewhere."""
    html = opened._repr_html_()
    assert ">encoders</th>" in html
    assert str(opened.path) in html
    lines = repr(opened).splitlines()
    assert lines[0] == f"zscwh warehouse {opened.path}"
    assert [*map(str.split, lines[1:])][3] == ["encoders", "2"]
    strange = opened.path.with_name("<script>\n.duckdb")
    shutil.copy(opened.path, strange)
    there = zsc_wh.open(strange)
    assert "<script>" not in there._repr_html_()
    strange.unlink()
    assert "there is no warehouse here" in repr(there)
    assert len(repr(there).splitlines()) == 2


def test_a_path_may_begin_at_home(
    opened: OpenWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the command line takes it."""
    monkeypatch.setenv("HOME", str(opened.path.parent))
    assert zsc_wh.open("~/made.duckdb").path == opened.path
    with pytest.raises(SchemaError, match="there is no such warehouse"):
        zsc_wh.open(Path("~/none.duckdb"))


def test_every_error_has_one_parent() -> None:
    """One except clause is enough."""
    names = [name for name in zsc_wh.__all__ if name.endswith("Error")]
    assert len(names) == 6
    assert all(issubclass(getattr(zsc_wh, name), ZscError) for name in names)


def test_importing_is_light() -> None:
    """Neither polars nor duckdb nor torch before something is opened."""
    script = (
        "import sys, zsc_wh; "
        "print({'polars', 'duckdb', 'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
