"""Warehouses that somebody else made, with more in them than tables and views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.warehouse.rows import study
from zsc_wh.errors import SchemaError
from zsc_wh.shards import list_shards, write_shard
from zsc_wh.warehouse.connect import writer
from zsc_wh.warehouse.locks import Patience

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

HIDDEN = {
    "read_parquet": "create macro read_parquet(f, union_by_name := true,"
    " hive_partitioning := false, filename := true) as table"
    " select content as reason from read_text('/etc/hostname')",
    "from_json": "create macro from_json(a, b) as ['x']",
    "label": "create type label as enum ('a')",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_warehouse_with_functions_is_not_written(
    warehouse: Warehouse, name: str
) -> None:
    """What a foreign file calls by a name of DuckDB's never runs; shards wait."""
    with duckdb.connect(warehouse.path) as con:
        con.execute(HIDDEN[name])
    write_shard(warehouse.inbox, study("a"), "x")
    with pytest.raises(SchemaError, match=name) as caught:
        warehouse.load()
    assert caught.value.where == str(warehouse.path)
    assert len(list_shards(warehouse.inbox)) == 1
    assert warehouse.read("select count(*) from run").rows == [(0,)]


def test_a_writer_reaches_the_folders_it_is_given(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Nothing else on the disk can be read or written."""
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "a.csv").write_text("1\n")
    (tmp_path / "secret.csv").write_text("2\n")
    with writer(warehouse.path, Patience(0, 0.01), [tmp_path / "given"]) as con:
        con.execute("from read_csv(?)", [str(tmp_path / "given" / "a.csv")])
        assert con.fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException):
            con.execute("from read_csv(?)", [str(tmp_path / "secret.csv")])
