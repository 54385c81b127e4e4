from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from zsc_wh import sqlfiles
from zsc_wh.errors import ConfigError
from zsc_wh.resources import data_folder
from zsc_wh.sqlfiles import Column
from zsc_wh.sqlparams import Parameter
from zsc_wh.sqlreferences import Reference

if TYPE_CHECKING:
    from pathlib import Path

QUERY = """-- name: counts
-- doc: one row per encoder
-- params:
--   $grid text = null   only this grid
--   $k integer          how many
-- columns:
--   encoder text        name
--   n bigint            count, from 0
-- reads: cell, result

select 1;
"""

TABLE = """-- name: thing
-- doc: one row per thing
-- key: thing_key, level
-- refers:
--   level other or another, else left out if level > 0

create table thing (
    thing_key varchar not null,
    level integer not null,
    tags varchar[],
    primary key (thing_key, level),
    check (level in (1, 2))
);

comment on table thing is 'One row per thing.';
"""


def write(folder: Path, text: str, name: str = "counts") -> Path:
    path = folder / f"{name}.sql"
    path.write_text(text)
    return path


def test_a_query_file_is_read_whole(tmp_path: Path) -> None:
    """Header entries and the statement come out, and where the statement begins."""
    path = write(tmp_path, QUERY)
    query = sqlfiles.read_query(path)
    assert query == sqlfiles.Query(
        name="counts",
        doc="one row per encoder",
        params=(
            Parameter("grid", "text", False, None, "only this grid"),
            Parameter("k", "integer", True, None, "how many"),
        ),
        columns=(
            Column("encoder", "text", "name"),
            Column("n", "bigint", "count, from 0"),
        ),
        reads=("cell", "result"),
        sql="select 1;",
        path=path,
        line=11,
    )


PARAMS = "$resamples integer = 9 how many\n--   $confidence double "
STEPPED = (
    QUERY.replace("$k integer ", PARAMS)
    .replace("n bigint ", "low double lower\n--   high double ")
    .replace("result\n", "result\n-- then: intervals\n")
)


def test_a_query_names_its_steps(tmp_path: Path) -> None:
    """What a step reads and adds is declared; its parameters are none of the SQL."""
    query = sqlfiles.read_query(write(tmp_path, STEPPED))
    assert query.then == ("intervals",)
    assert query.step_params == {"resamples", "confidence"}
    assert query.sql == "select 1;"


def test_what_a_step_adds_must_be_declared(tmp_path: Path) -> None:
    """With the type that it has."""
    path = write(tmp_path, STEPPED.replace("high double", "high text"))
    with pytest.raises(ConfigError, match="needs a column 'high' of type double"):
        sqlfiles.read_query(path)


@pytest.mark.parametrize(
    ("declared", "kind", "default"),
    [
        ("text = 'it''s'", "text", "it's"),
        ("text = 'a b, = c'", "text", "a b, = c"),
        ("text = null", "text", None),
        ("integer = -3", "integer", -3),
        ("double = 1.5e-3", "double", 0.0015),
        ("boolean = true", "boolean", True),
        ("boolean = false", "boolean", False),
        ("text[] = ['a', 'it''s, b']", "text[]", ["a", "it's, b"]),
        ("text[] = []", "text[]", []),
    ],
)
def test_defaults_are_literals_of_sql(
    tmp_path: Path, declared: str, kind: str, default: object
) -> None:
    """A default is written as in SQL and comes out as the Python object."""
    text = QUERY.replace("text = null", declared)
    param = sqlfiles.read_query(write(tmp_path, text)).params[0]
    assert (param.type, param.required, param.default) == (kind, False, default)


@pytest.mark.parametrize(
    ("declared", "kind", "names", "choices"),
    [
        ("encoder = null", "text", "encoder", ()),
        ("domain_group[] = ['far']", "text[]", "domain_group", ()),
        ("seed", "integer", "seed", ()),
        ("seed[] = [1, 2]", "integer[]", "seed", ()),
        ("text(a, b_c) = 'a'", "text", "", ("a", "b_c")),
        ("text(a, b_c)[] = ['a']", "text[]", "", ("a", "b_c")),
    ],
)
def test_a_parameter_takes_names_or_a_choice(
    tmp_path: Path, declared: str, kind: str, names: str, choices: tuple[str, ...]
) -> None:
    """The type says of what; the value is text or, for a seed, a number."""
    text = QUERY.replace("text = null", declared)
    param = sqlfiles.read_query(write(tmp_path, text)).params[0]
    assert (param.type, param.names, param.choices) == (kind, names, choices)


def test_a_query_may_have_no_parameters(tmp_path: Path) -> None:
    """An empty list of parameters is allowed; the line itself is not optional."""
    text = "\n".join(line for line in QUERY.splitlines() if "$" not in line)
    assert sqlfiles.read_query(write(tmp_path, text)).params == ()


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ("-- name: counts", "-- name: other", "'other' is not the name of the file", 1),
        ("-- name: counts\n", "", "needs the line '-- name:'", 1),
        ("-- doc: one row per encoder", "-- doc:", "needs its text", 2),
        ("-- doc: one row per encoder\n", "", "needs the line '-- doc:'", 2),
        ("-- params:\n", "-- params: none\n", "lines of their own", 3),
        ("text = null ", "txt = null ", "no parameter type 'txt'", 4),
        ("text = null ", "encodr = null ", "did you mean 'encoder'", 4),
        ("text = null ", "text(a, b) = 'c' ", "is not one of a, b", 4),
        ("text = null ", "grid(a, b) = 'a' ", "choices cannot be declared", 4),
        ("text = null ", "double[] = [] ", "a list of type double", 4),
        ("text = null ", "seed[] = ['a'] ", "is not of type integer[]", 4),
        ("text = null ", "text = grid ", "is not of type text", 4),
        ("text = null ", "integer = 1.5 ", "is not of type integer", 4),
        ("text = null ", "boolean = yes ", "is not of type boolean", 4),
        ("text = null ", "text[] = ['a' 'b'] ", "is not of type text", 4),
        ("$grid text", "grid text", "not a parameter", 4),
        ("   only this grid", "", "not a parameter", 4),
        ("$grid", "$k", "'k' is declared twice", 3),
        ("encoder text        name", "encoder", "not a column", 7),
        ("--   n ", "--   encoder ", "'encoder' is declared twice", 6),
        ("cell, result", "cell, Result x", "'Result x' is not a name", 9),
        ("-- reads: cell, result", "-- columns:", "needs the line '-- reads:'", 9),
        ("select 1;", "-- nothing\n ;", "no statement", 11),
        ("result\n", "result\n-- than: intervals\n", "no line '-- than:'", 10),
        ("result\n", "result\n-- then:\n", "needs its text", 10),
        ("result\n", "result\n-- then: interval\n", "mean 'intervals'", 10),
        ("result\n", "result\n-- then: intervals\n", "parameter 'resamples'", 10),
    ],
)
def test_a_faulty_query_file_is_refused(
    tmp_path: Path, old: str, new: str, what: str, line: int
) -> None:
    """Each fault of a header is named with the file and the line."""
    path = write(tmp_path, QUERY.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        sqlfiles.read_query(path)
    assert what in caught.value.what
    assert caught.value.where == f"{path}:{line}"


def test_a_query_without_columns_is_refused(tmp_path: Path) -> None:
    """A query declares what it gives."""
    lines = [line for line in QUERY.splitlines() if line[5:6] not in ("e", "n")]
    path = write(tmp_path, "\n".join(lines))
    with pytest.raises(ConfigError, match="declares no column"):
        sqlfiles.read_query(path)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """A file that is not UTF-8 is named, not crashed on."""
    path = tmp_path / "counts.sql"
    path.write_bytes(b"-- name: \xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        sqlfiles.read_query(path)
    assert caught.value.where == str(path)


def test_a_table_file_is_read_whole(tmp_path: Path) -> None:
    """Columns, types, NOT NULL and the key come out without asking DuckDB."""
    table = sqlfiles.read_table(write(tmp_path, TABLE, "thing"))
    assert table.columns == {
        "thing_key": "varchar",
        "level": "integer",
        "tags": "varchar[]",
    }
    assert table.required == {"thing_key", "level"}
    assert table.key == ("thing_key", "level")
    assert table.references == (
        Reference("level", ("other", "another"), True, "level > 0"),
    )


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ("create table thing (", "create table thin (", "must begin with", 7),
        ("tags varchar[],", "tags varchar[], more integer,", "not a column", 10),
        ("    tags", "   tags", "not a column", 10),
        ("-- key: thing_key, level", "-- key: tags", "declared not null", 3),
        (");\n\n", ") ;\n\n", "must begin with", 7),
        ("--   level other", "--   level Other", "not a reference", 5),
        ("--   level other", "--   depth other", "no column 'depth'", 5),
    ],
)
def test_a_faulty_table_file_is_refused(
    tmp_path: Path, old: str, new: str, what: str, line: int
) -> None:
    """A table that is not written one column per line is named with the line."""
    path = write(tmp_path, TABLE.replace(old, new, 1), "thing")
    with pytest.raises(ConfigError) as caught:
        sqlfiles.read_table(path)
    assert what in caught.value.what
    assert caught.value.where == f"{path}:{line}"


@pytest.mark.parametrize("kind", ["tables", "views", "macros", "audits"])
def test_shipped_files_are_sound(kind: str) -> None:
    """Every shipped file is read, and what it says to read exists."""
    found = {
        "tables": sqlfiles.tables,
        "views": sqlfiles.views,
        "macros": sqlfiles.macros,
        "audits": sqlfiles.audits,
    }
    known = {*sqlfiles.tables(), *sqlfiles.views()}
    known |= {*sqlfiles.macros(), "none"} if kind == "macros" else set()
    files = found[kind]()
    assert files
    for file in files.values():
        assert {*getattr(file, "reads", ())} <= known


def test_no_window_is_over_all_rows() -> None:
    """DuckDB 1.5.5 now and then fails on one that has no rows (duckdb #22352)."""
    files = [
        *data_folder("schema").rglob("*.sql"),
        *data_folder("queries").glob("*.sql"),
    ]
    assert files
    over = [
        path.name for path in files if re.search(r"over\s*\(\s*\)", path.read_text())
    ]
    assert over == []


def test_views_come_after_those_that_they_read() -> None:
    """Views can be made in the order in which they come."""
    seen: set[str] = set()
    for name, view in sqlfiles.views().items():
        assert {*view.reads} & {*sqlfiles.views()} <= seen
        assert view.sql.startswith(f"create or replace view {name} as\n")
        seen.add(name)


def test_user_queries_join_the_shipped_ones(tmp_path: Path) -> None:
    """A folder of the user's adds queries."""
    write(tmp_path, QUERY)
    assert {*sqlfiles.queries(tmp_path)} == {*sqlfiles.queries(), "counts"}


def test_a_second_query_of_one_name_is_refused(tmp_path: Path) -> None:
    """A user's file overrides nothing silently: both files are named."""
    other = tmp_path / "other"
    other.mkdir()
    first, second = write(tmp_path, QUERY), write(other, QUERY)
    with pytest.raises(ConfigError, match="already a query 'counts'") as caught:
        sqlfiles.queries(tmp_path, other)
    assert caught.value.where == str(second)
    assert str(first) in caught.value.hint


def test_a_missing_folder_of_queries_is_refused(tmp_path: Path) -> None:
    """A folder that does not exist is not the same as one without queries."""
    with pytest.raises(ConfigError, match="no such folder") as caught:
        sqlfiles.queries(tmp_path / "nowhere")
    assert caught.value.where == str(tmp_path / "nowhere")
