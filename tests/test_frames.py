from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
import pytest

from zsc_wh.errors import LoadError
from zsc_wh.frames import LOADER_COLUMNS, LOADER_TABLES, check_schema, typed_frame
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2024, 1, 2, 12, 0, 0, 5, tzinfo=UTC)
SAMPLES: dict[str, Any] = {
    "varchar": "a'; drop table run; --",
    "json": '{"a": [1, null]}',
    "integer": 2**31 - 1,
    "bigint": 2**40,
    "double": 0.1,
    "float": 0.5,
    "boolean": True,
    "timestamptz": NOON,
    "varchar[]": ["a", "", None],
    "integer[]": [0, None, -1],
    "float[]": [0.5],
}
LOADED = sorted({*tables()} - LOADER_TABLES)


def full_row(name: str) -> dict[str, Any]:
    """Return a value for every column that a shard can have."""
    filled = LOADER_COLUMNS.get(name, frozenset())
    columns = tables()[name].columns
    return {key: SAMPLES[kind] for key, kind in columns.items() if key not in filled}


@pytest.mark.parametrize("name", LOADED)
def test_types_are_those_that_duckdb_makes(tmp_path: Path, name: str) -> None:
    """Every table has a frame, and DuckDB reads its file with the table's types."""
    frame = typed_frame(name, [full_row(name)])
    assert frame.rows(named=True) == [full_row(name)]
    file = tmp_path / "a.parquet"
    frame.write_parquet(file)
    with duckdb.connect() as con:
        con.execute(tables()[name].sql)
        made = described(con, name)
        con.execute("create view file as from read_parquet(" + repr(str(file)) + ")")
        read = described(con, "file")
    as_text = {key: "VARCHAR" if kind == "JSON" else kind for key, kind in made.items()}
    assert read == {key: as_text[key] for key in full_row(name)}


def described(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    con.execute(f"select column_name, column_type from (describe {name})")
    return dict(con.fetchall())


def test_columns_that_no_row_has_are_left_out() -> None:
    """A column that may be NULL can be absent from all rows or from some."""
    rows = [{"run_key": "r", "labels": [1]}, {"run_key": "s", "labels": [2]}]
    assert typed_frame("assignment", rows).columns == ["run_key", "labels"]
    row = full_row("task")
    del row["reason"]
    frame = typed_frame("task", [row, full_row("task")])
    assert frame["reason"].to_list() == [None, SAMPLES["varchar"]]


@pytest.mark.parametrize(
    "labels",
    [
        np.array([0, 1, -1]),
        np.array([0, 1, -1], dtype=np.int8),
        (0, 1, -1),
        [np.int64(0), 1, -1],
    ],
    ids=["int64", "int8", "tuple", "mixed"],
)
def test_lists_come_in_any_form(labels: Any) -> None:
    """Arrays and sequences of whole numbers make the same list."""
    frame = typed_frame("assignment", [{"run_key": "r", "labels": labels}])
    assert frame["labels"].to_list() == [[0, 1, -1]]


def test_arrays_of_several_types_stand_side_by_side() -> None:
    """Assignments of one frame may come with different integer types."""
    arrays = [np.array([1], dtype=kind) for kind in (np.int32, np.int64, np.uint8)]
    rows = [{"run_key": str(i), "labels": each} for i, each in enumerate(arrays)]
    assert typed_frame("assignment", rows)["labels"].to_list() == [[1], [1], [1]]


def test_any_zone_is_the_same_instant() -> None:
    """Instants are kept in UTC."""
    local = NOON.astimezone(timezone(timedelta(hours=5)))
    row = full_row("grid") | {"declared_at": local}
    assert typed_frame("grid", [row])["declared_at"].to_list() == [NOON]


@pytest.mark.parametrize(
    ("name", "change", "where", "what"),
    [
        ("runs", {}, "runs", "no table 'runs' to load into; did you mean 'run'?"),
        ("shard", {}, "shard", "no table 'shard'"),
        ("run", {"statuss": "done"}, "run", "no column 'statuss'"),
        ("run", {"shard_seq": 1}, "run", "no column 'shard_seq' to load"),
        ("run", {"host": None}, "run.host", "row 0 has no value"),
        ("run", {"n_clusters": 1.5}, "run.n_clusters", "not of type integer"),
        ("run", {"n_clusters": 2**31}, "run.n_clusters", "not of type integer"),
        ("run", {"n_clusters": "3"}, "run.n_clusters", "not of type integer"),
        ("run", {"host": 3}, "run.host", "not of type varchar"),
        ("run", {"versions": {"numpy": "2"}}, "run.versions", "not of type json"),
        ("run", {"converged": 1}, "run.converged", "not of type boolean"),
        ("run", {"started_at": NOON.replace(tzinfo=None)}, "run.started_at", "zone"),
        ("run", {"started_at": "2024-01-02"}, "run.started_at", "zone"),
        ("run", {"wall_s": float("nan")}, "run.wall_s", "nan or infinite"),
        ("run", {"wall_s": float("inf")}, "run.wall_s", "nan or infinite"),
        ("assignment", {"labels": "012"}, "assignment.labels", "not a list"),
        ("assignment", {"labels": [0.5]}, "assignment.labels", "integer"),
        ("assignment", {"labels": np.array([0.5])}, "assignment.labels", "float64"),
        (
            "assignment",
            {"labels": np.zeros((2, 2), int)},
            "assignment.labels",
            "(2, 2)",
        ),
        ("assignment", {"labels": np.array([2**40])}, "assignment.labels", "integer"),
        ("assignment", {"labels": 3}, "assignment.labels", "not a list"),
        ("encoder_name", {"tags": "x"}, "encoder_name.tags", "not a list"),
    ],
)
def test_what_does_not_fit_is_refused(
    name: str, change: dict[str, Any], where: str, what: str
) -> None:
    """A wrong table, column or value is named where it is made."""
    row = full_row(name) | change if name in LOADED else {"x": 1}
    with pytest.raises(LoadError) as caught:
        typed_frame(name, [row])
    assert what in caught.value.what
    assert caught.value.where == where


def test_a_required_column_cannot_be_left_out() -> None:
    """A NOT NULL column must be there in every row."""
    with pytest.raises(LoadError, match="row 1 has no value") as caught:
        typed_frame("assignment", [{"run_key": "r", "labels": []}, {"run_key": "s"}])
    assert caught.value.where == "assignment.labels"


def test_a_schema_may_lack_what_may_be_null() -> None:
    """A file that is older than a column can still be loaded."""
    schema = typed_frame("task", [full_row("task")]).schema
    older = {key: kind for key, kind in schema.items() if key != "reason"}
    check_schema("task", older, "task.parquet")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"run_key": None}, "column 'run_key' is missing"),
        ({"more": pl.String()}, "no column 'more'"),
        ({"labels": pl.List(pl.Int64())}, "column 'labels' is List(Int64)"),
    ],
)
def test_another_schema_is_refused(change: dict[str, Any], what: str) -> None:
    """A Parquet file with other columns than the table is named."""
    schema = {"run_key": pl.String(), "labels": pl.List(pl.Int32())} | change
    found = {key: kind for key, kind in schema.items() if kind is not None}
    with pytest.raises(LoadError) as caught:
        check_schema("assignment", found, "a.parquet")
    assert what in caught.value.what
    assert caught.value.where == "a.parquet"
