from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

import zsc_wh
from tests.warehouse.rows import study
from zsc_wh.errors import QueryError
from zsc_wh.shards import write_shard
from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.connect import scratch
from zsc_wh.warehouse.execute import message_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Return a warehouse with a small study; nothing may change it."""
    folder = tmp_path_factory.mktemp("sandbox")
    warehouse = Warehouse(folder / "a.duckdb")
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    (folder / "secret.csv").write_text("a,b\n1,2\n")
    (folder / "secret.json").write_text('{"a": 1}')
    return warehouse


@pytest.fixture
def untouched(filled: Warehouse) -> Iterator[Path]:
    """Check that an attempt leaves every file and every name in the folder alone."""
    folder = filled.path.parent

    def state() -> dict[str, str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    before = state()
    yield folder
    assert state() == before


WRITES = [
    "insert into run select * from run",
    "update run set status = 'failed'",
    "delete from run",
    "truncate run",
    "merge into cell using cell as c on cell.seed = c.seed when matched then delete",
    "drop table run",
    "alter table run add column x integer",
    "comment on table run is 'x'",
    "create table x (a integer)",
    "create or replace view result as select 1",
    "create temp table x as select 1",
    "create temp view x as select 1",
    "create temp macro x() as 1",
    "create type x as enum ('a')",
    "create sequence x",
    "create secret (type s3)",
    "with x as (insert into run select * from run returning *) select * from x",
]

REACHES = [
    "attach '{folder}/a.duckdb' as other",
    "attach '{folder}/new.duckdb' as other",
    "attach ':memory:' as other",
    "detach a",
    "use a",
    "copy run to '{folder}/run.csv'",
    "copy (select 1) to '{folder}/one.parquet'",
    "copy run from '{folder}/secret.csv'",
    "export database '{folder}/out'",
    "import database '{folder}/out'",
    "install json",
    "load json",
    "load '{folder}/secret.csv'",
    "set memory_limit = '1GB'",
    "set enable_external_access = true",
    "set variable x = 1",
    "reset memory_limit",
    "pragma enable_profiling",
    "pragma memory_limit = '1GB'",
    "call enable_logging()",
    "call pragma_version()",
    "checkpoint",
    "force checkpoint",
    "vacuum",
    "analyze run",
    "begin",
    "commit",
    "prepare x as select 1",
    "execute x",
    "deallocate x",
    "explain analyze create temp table x as select 1",
    "explain analyze delete from run",
    "explain (analyze) create temp table x as select 1",
    "explain analyze copy run to '{folder}/run.csv'",
    "/* a */ explain -- b\n analyze /* c */ insert into run select * from run",
    "explain attach '{folder}/a.duckdb' as other",
]

FILES = [
    "select * from read_csv('{folder}/secret.csv')",
    "select * from read_csv_auto('{folder}/secret.csv')",
    "select * from read_text('{folder}/secret.csv')",
    "select * from read_blob('{folder}/secret.csv')",
    "select * from read_blob('{folder}/a.duckdb')",
    "select * from read_json('{folder}/secret.json')",
    "select * from read_json_objects('{folder}/secret.json')",
    "select * from read_ndjson('{folder}/secret.json')",
    "select * from read_parquet('{folder}/*')",
    "select * from parquet_scan('{folder}/x.parquet')",
    "select * from parquet_metadata('{folder}/x.parquet')",
    "select * from parquet_schema('{folder}/x.parquet')",
    "select * from parquet_kv_metadata('{folder}/x.parquet')",
    "select * from sniff_csv('{folder}/secret.csv')",
    "select * from glob('{folder}/*')",
    "select * from glob('/etc/*')",
    "select * from '{folder}/secret.csv'",
    "from '{folder}/secret.json'",
    "select * from 'https://example.com/a.csv'",
    "select * from read_csv('https://example.com/a.csv')",
    "select * from duckdb_secrets()",
    "describe select * from read_csv('{folder}/secret.csv')",
    "summarize from '{folder}/secret.csv'",
    "explain analyze select * from read_csv('{folder}/secret.csv')",
]

# These change how DuckDB 1.5 runs, or write a log, though they are only selected from.
SWITCHES = [
    "select * from enable_logging(storage = 'file', storage_path = '{folder}/log')",
    "select * from enable_profiling(save_location = '{folder}/profile.json')",
    'select * from "enable_profiling" ()',
    "select * from Enable_Profiling/* here */()",
    "select * from system.main.disable_logging()",
    "select * from query('select * from enable_' || 'profiling()')",
    "select * from query -- here\n ('select 1')",
    "select * from query_table('run')",
    "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "pivot (select * from enable_logging()) on a",
]

SEVERAL = [
    "select 1; select 2",
    "select 1; drop table run",
    "select 1; commit; drop table run",
    "create temp table x as select 1; pivot x on a using count(*)",
    "select 1;; insert into run select * from run",
    "",
    "   ",
    "-- only a comment",
    ";",
    "selec 1",
    "drop table run; --",
    "create temp table x as pivot run on status using count(*)",
]


@pytest.mark.parametrize("sql", WRITES + REACHES + FILES + SWITCHES + SEVERAL)
def test_what_does_more_than_read_is_refused(
    filled: Warehouse, untouched: Path, sql: str
) -> None:
    """Nothing but one statement that reads the warehouse is run; no file changes."""
    with pytest.raises(QueryError) as caught:
        filled.run_sql(sql.format(folder=untouched))
    assert caught.value.where == "sql"
    assert caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize("sql", ["drop table run", "from read_csv('x.csv')", "selec 1"])
def test_frames_have_the_same_walls(
    filled: Warehouse, untouched: Path, sql: str
) -> None:
    """`sql` refuses what `run_sql` refuses."""
    with pytest.raises(QueryError):
        filled.sql(sql)


ALLOWED = {
    "select status from run": [("done",)],
    "SELECT status FROM run;": [("done",)],
    "select 1; -- and a comment": [(1,)],
    "/* first */ select ';' -- not a second": [(";",)],
    "from run select n_clusters": [(3,)],
    "values (1), (2)": [(1,), (2,)],
    "table schema_migration limit 0": [],
    "(select 1) union all (select 2) order by all": [(1,), (2,)],
    "with x as (select 1 as a) select a from x": [(1,)],
    "describe encoder": None,
    "show tables": None,
    "show all tables": None,
    "summarize run": None,
    "explain select * from run": None,
    "explain analyze select * from run": None,
    "explain (format json) select 1": None,
    "explain (select 1)": None,
    "pivot run on status using count(*) group by host": [("here", 1)],
    "pivot run on status in ('done') using count(*) group by host": [("here", 1)],
    "from (pivot run on status using count(*) group by host)": [("here", 1)],
    "unpivot (select 1 as a, 2 as b) on a, b": [("a", 1), ("b", 2)],
    "select count(*) from duckdb_tables() where table_name = 'run'": [(1,)],
    "select 'drop table run' as a, 'read_csv' as b": [("drop table run", "read_csv")],
    "select ami from result": [(0.5,)],
}


@pytest.mark.parametrize("sql", ALLOWED)
def test_what_reads_is_run(filled: Warehouse, untouched: Path, sql: str) -> None:
    """Every form of reading works, whatever it is called."""
    rows = filled.run_sql(sql)
    assert rows.columns
    assert len(rows.types) == len(rows.columns)
    wanted = ALLOWED[sql]
    assert rows.rows if wanted is None else rows.rows == wanted


def test_python_variables_are_out_of_reach(filled: Warehouse) -> None:
    """A frame of the caller that is called like a table is not read."""
    import polars as pl

    frame = pl.DataFrame({"a": [1]})
    with pytest.raises(QueryError, match="frame"):
        filled.run_sql("select * from frame")
    assert frame.height == 1


def test_the_configuration_is_locked(filled: Warehouse) -> None:
    """The settings that close the connection are in force."""
    settings = dict(
        filled.run_sql(
            "select name, value from duckdb_settings() where name in"
            " ('enable_external_access', 'lock_configuration', 'TimeZone',"
            " 'autoinstall_known_extensions', 'autoload_known_extensions',"
            " 'python_enable_replacements', 'python_scan_all_frames')"
        ).rows
    )
    assert settings == {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "TimeZone": "UTC",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "python_scan_all_frames": "false",
    }


def test_the_environment_is_out_of_reach(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQL cannot read environment variables."""
    monkeypatch.setenv("ZSCWH_TEST", "hidden")
    with pytest.raises(QueryError):
        filled.run_sql("select getenv('ZSCWH_TEST')")


def test_a_message_is_one_line(filled: Warehouse) -> None:
    """DuckDB's message comes without line breaks, and with what to do."""
    with pytest.raises(QueryError) as caught:
        filled.run_sql("select\n  nonsense\nfrom run")
    assert "nonsense" in caught.value.what
    assert "\n" not in caught.value.what
    assert "describe" in caught.value.hint


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            "Parser Error: bad.\n\nLINE 3: select\n        ^",
            "Parser Error: bad (line 3)",
        ),
        ("Binder Error: bad\nCandidates: a", "Binder Error: bad Candidates: a"),
    ],
)
def test_a_message_names_the_line(message: str, text: str) -> None:
    """The excerpt that DuckDB shows is shortened to the number of its line."""
    assert message_of(ValueError(message)) == text


def test_damaged_shards_are_looked_at_behind_closed_doors(tmp_path: Path) -> None:
    """The database that reads suspect files reaches their folder, and nothing else."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "x.csv").write_text("a\n1\n")
    with scratch([inside]) as con:
        con.execute(f"from system.main.read_csv('{inside / 'x.csv'}')")
        assert con.fetchall() == [(1,)]
        for attempt in (
            f"from system.main.read_csv('{outside / 'x.csv'}')",
            f"copy (select 1) to '{outside / 'y.csv'}'",
            f"attach '{outside / 'y.duckdb'}'",
            "install spatial",
            "load spatial",
            "set enable_external_access = true",
            "set allowed_directories = ['/']",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(attempt)
        settings = con.execute(
            "select name from duckdb_settings() where value = 'true' and name in"
            " ('autoinstall_known_extensions', 'autoload_known_extensions',"
            " 'python_enable_replacements')"
        )
        assert settings.fetchall() == []


def test_no_other_database_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the package connects to DuckDB but what closes the doors behind it."""
    folder = Path(zsc_wh.__file__).parent
    calls = [
        (path.name, line.strip())
        for path in sorted(folder.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "duckdb.connect(" in line
    ]
    assert {name for name, _ in calls} == {"connect.py"}
    assert len(calls) == 2
