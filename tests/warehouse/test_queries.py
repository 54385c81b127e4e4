from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.warehouse.rows import study
from zsc_wh.errors import ConfigError, QueryError
from zsc_wh.shards import write_shard
from zsc_wh.sqlfiles import macros
from zsc_wh.warehouse import Rows, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

ECHO = """-- name: echo
-- doc: one row with what was given
-- params:
--   $t text               a text
--   $i integer = 7        a whole number
--   $d double = 0.5       a number
--   $b boolean = null     true or false
--   $l text[] = ['x']     a list
--   $seeds integer[] = [1]  a list of numbers
-- columns:
--   t text                the text
-- reads: run

select
    cast($t as varchar) as t,
    cast($i as bigint) as i,
    cast($d as double) as d,
    cast($b as boolean) as b,
    cast($l as varchar[]) as l,
    cast($seeds as integer[]) as seeds
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a user's folder with one query."""
    path = tmp_path / "queries"
    path.mkdir()
    (path / "echo.sql").write_text(ECHO)
    return path


def echoed(warehouse: Warehouse, folder: Path, **params: object) -> tuple[Any, ...]:
    """Return what the query was given."""
    (row,) = warehouse.run_query("echo", params, [folder]).rows
    return row


def test_defaults_are_used(warehouse: Warehouse, folder: Path) -> None:
    """A parameter that is not given has its declared default."""
    assert echoed(warehouse, folder, t="a") == ("a", 7, 0.5, None, ["x"], [1])


@pytest.mark.parametrize(
    ("name", "given", "want"),
    [
        ("t", "a'; drop table run; --", "a'; drop table run; --"),
        ("t", "", ""),
        ("t", "7", "7"),
        ("t", "null", None),
        ("t", None, None),
        ("i", "12", 12),
        ("i", 12, 12),
        ("i", "-3", -3),
        ("i", "null", None),
        ("d", "1e-3", 0.001),
        ("d", "2", 2.0),
        ("d", 2, 2.0),
        ("b", "true", True),
        ("b", "False", False),
        ("b", False, False),
        ("l", "a,b", ["a", "b"]),
        ("l", " a , b ", ["a", "b"]),
        ("l", "", []),
        ("l", '["a,b", "c"]', ["a,b", "c"]),
        ("l", "[]", []),
        ("l", ["a", "b"], ["a", "b"]),
        ("l", ("a",), ["a"]),
        ("l", None, None),
        ("seeds", "1, 2", [1, 2]),
        ("seeds", "[1, 2]", [1, 2]),
        ("seeds", [1, 2], [1, 2]),
        ("seeds", "null", None),
        ("seed", "3", [3]),
        ("seed", 3, [3]),
        ("seed", "null", None),
        ("seed", None, None),
    ],
)
def test_values_get_the_declared_type(
    warehouse: Warehouse, folder: Path, name: str, given: object, want: object
) -> None:
    """A value from Python or, as text, from the command line has the declared type."""
    row = echoed(warehouse, folder, **({"t": "a"} | {name: given}))
    got = row["tidbls".index(name[0])]
    assert (type(got), got) == (type(want), want)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("i", "1.5"),
        ("i", "one"),
        ("i", 1.5),
        ("i", True),
        ("i", ""),
        ("d", "nan"),
        ("d", float("inf")),
        ("d", "high"),
        ("d", True),
        ("d", [1]),
        ("b", "yes"),
        ("b", 1),
        ("t", 5),
        ("t", True),
        ("l", '["a", 1]'),
        ("l", "[a"),
        ("l", ["a", 1]),
        ("l", {"a": 1}),
        ("seeds", "1,a"),
        ("seeds", [1.5]),
        ("seeds", [True]),
    ],
)
def test_another_type_is_refused(
    warehouse: Warehouse, folder: Path, name: str, given: object
) -> None:
    """A value that is not of the declared type is named with its parameter."""
    with pytest.raises(QueryError, match=f"parameter '{name}' cannot be") as caught:
        echoed(warehouse, folder, **({"t": "a"} | {name: given}))
    assert caught.value.where == "query echo"
    assert caught.value.hint.startswith("Give ")


def test_one_name_may_stand_where_a_list_is_taken(warehouse: Warehouse) -> None:
    """It is checked like a name of the list; both at once are refused."""
    with pytest.raises(QueryError, match="no encoder 'a,b'"):
        warehouse.run_query("encoder_ranks", {"encoder": "a,b"})
    with pytest.raises(QueryError, match="no encoder 'a'"):
        warehouse.query("encoder_ranks", encoder="a")
    with pytest.raises(QueryError, match="'encoder' and 'encoders' are the same"):
        warehouse.run_query("encoder_ranks", {"encoder": "a", "encoders": "b"})
    assert warehouse.run_query("encoder_ranks", {"encoder": "null"}).rows == []


def test_a_required_parameter_must_be_given(warehouse: Warehouse, folder: Path) -> None:
    """A parameter without a default needs a value."""
    with pytest.raises(QueryError, match="'t' needs a value") as caught:
        echoed(warehouse, folder, i=1)
    assert "-p t=" in caught.value.hint


def test_an_unknown_parameter_is_refused(warehouse: Warehouse) -> None:
    """A misspelt parameter is named with the nearest one, and the known ones."""
    with pytest.raises(QueryError, match="did you mean 'encoder'") as caught:
        warehouse.run_query("results", {"encodr": "x"})
    assert "clusterer" in caught.value.hint


def test_an_unknown_query_is_refused(warehouse: Warehouse) -> None:
    """A misspelt query is named with the nearest one."""
    with pytest.raises(QueryError, match="'resuls'; did you mean 'results'") as caught:
        warehouse.run_query("resuls")
    assert "zscwh queries" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("--   $d double = 0.5       a number\n", "", "'d' is not declared"),
        ("    cast($d as double) as d,\n", "", "'d' is not used"),
    ],
)
def test_a_query_uses_what_it_declares(
    warehouse: Warehouse, folder: Path, old: str, new: str, what: str
) -> None:
    """A parameter that is only declared, or only used, is a fault of the file."""
    (folder / "echo.sql").write_text(ECHO.replace(old, new))
    with pytest.raises(QueryError, match=what) as caught:
        echoed(warehouse, folder, t="a")
    assert str(folder / "echo.sql") in caught.value.where


@pytest.mark.parametrize("sql", ["select $t; drop table run", "drop table run"])
def test_a_query_only_reads(warehouse: Warehouse, folder: Path, sql: str) -> None:
    """A query of the user's has the same walls as SQL of the user's."""
    head = ECHO.partition("select")[0]
    (folder / "echo.sql").write_text(head + sql)
    with pytest.raises(QueryError):
        echoed(warehouse, folder, t="a")
    assert warehouse.read("from run").rows == []


def test_a_folder_may_come_with_the_handle(warehouse: Warehouse, folder: Path) -> None:
    """A handle can know the user's folders, so that frames can use them too."""
    known = Warehouse(warehouse.path, folders=[folder])
    frame = known.query("echo", t="a", i=1)
    assert frame.rows() == [("a", 1, 0.5, None, ["x"], [1])]
    assert known.run_query("echo", {"t": "a"}).rows[0][1] == 7


def test_a_query_cannot_be_overridden(warehouse: Warehouse, folder: Path) -> None:
    """A user's query with the name of a shipped one is an error."""
    text = ECHO.replace("name: echo", "name: results")
    (folder / "results.sql").write_text(text)
    with pytest.raises(ConfigError, match="already a query 'results'"):
        warehouse.run_query("results", {}, [folder])


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with two cells."""
    write_shard(warehouse.inbox, study("a", "b"), "x")
    warehouse.load()
    return warehouse


def test_a_frame_is_the_same_result(filled: Warehouse) -> None:
    """`query` and `sql` give what `run_query` and `run_sql` give, as polars frames."""
    rows = filled.run_query("results", {"encoder": "made"})
    frame = filled.query("results", encoder="made")
    assert frame.columns == list(rows.columns)
    assert frame.rows() == rows.rows
    assert frame.height == 2
    assert filled.query("result_matrix", labelled=False).height == 0
    frame = filled.sql(
        "select started_at, labels from run join assignment using (run_key)"
    )
    assert frame.schema["started_at"] == pl.Datetime("us", "UTC")
    assert frame.schema["labels"] == pl.List(pl.Int32)


def test_an_empty_result_keeps_its_header(warehouse: Warehouse) -> None:
    """Columns and types are there without rows."""
    rows = warehouse.run_sql("select run_key, n_clusters, started_at from run")
    assert rows == Rows(
        ("run_key", "n_clusters", "started_at"),
        ("VARCHAR", "INTEGER", "TIMESTAMP WITH TIME ZONE"),
        [],
    )


def test_instants_are_aware_and_in_order(warehouse: Warehouse) -> None:
    """Zoned times come as UTC, need no further package, and keep the order of rows."""
    rows = warehouse.run_sql(
        "select started_at, started_at as started_at, [started_at] as many"
        " from (select timestamptz '2024-05-06 02:00:00+02' - to_days(n::integer)"
        " as started_at from range(5000) as t(n)) order by 1"
    )
    assert rows.columns == ("started_at", "started_at", "many")
    first, again, many = rows.rows[-1]
    assert first == again == datetime(2024, 5, 6, tzinfo=UTC)
    assert first.tzinfo is UTC
    assert many == [datetime(2024, 5, 6)]  # noqa: DTZ001 - nested ones have no zone
    assert [row[0] for row in rows.rows] == sorted(row[0] for row in rows.rows)


@pytest.mark.parametrize(
    ("sql", "what", "hint"),
    [
        ("select 1 as a, 2 as a", "two columns named 'a'", "'as'"),
        ("select to_days(1) as a", "type INTERVAL", "a::varchar"),
        ("select error('late') from range(3)", "late", "describe"),
        ("select nonsense", "nonsense", "describe"),
    ],
)
def test_what_a_frame_cannot_hold_is_refused(
    warehouse: Warehouse, sql: str, what: str, hint: str
) -> None:
    """A result that polars cannot take is an error of ours that says what to do."""
    with pytest.raises(QueryError) as caught:
        warehouse.sql(sql)
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_rows_keep_what_a_frame_cannot_hold(warehouse: Warehouse) -> None:
    """Rows may have equal names, intervals and whole numbers of any size."""
    rows = warehouse.run_sql("select 1 as a, 2 as a, sum(n) as s from range(3) as t(n)")
    assert rows.columns == ("a", "a", "s")
    assert rows.rows == [(1, 2, 3)]
    assert type(rows.rows[0][2]) is int


def test_read_all_sees_one_state(filled: Warehouse) -> None:
    """Several statements run on one connection."""
    assert filled.read_all(["select count(*) from run", "select 1"]) == [[(2,)], [(1,)]]


def test_macros_are_there_for_whoever_names_them(warehouse: Warehouse) -> None:
    """In SQL from outside too, in any case and in quotes; and all of them in a list."""
    assert warehouse.run_sql("select IS_ANY_OF('a', ['a', 'b']) as found").rows == [
        (True,)
    ]
    assert warehouse.run_sql("select \"is_any_of\"('c', ['a']) as found").rows == [
        (False,)
    ]
    listed = warehouse.run_sql(
        "select distinct function_name from duckdb_functions() where not internal"
    )
    assert {name for (name,) in listed.rows} == {*macros()}
