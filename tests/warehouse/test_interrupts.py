"""Ctrl-C while a statement runs is Ctrl-C, whatever DuckDB makes of it."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.connect import reader, scratch, writer, writer_turn
from zsc_wh.warehouse.locks import Patience

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    import duckdb

LONG = "select sum(hash(i)) from range(300000000) numbers(i)"


def _interrupted(opened: AbstractContextManager[duckdb.DuckDBPyConnection]) -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), opened as con:  # noqa: PT012 - as used
        timer.start()
        con.execute(LONG).fetchall()


def test_ctrl_c_ends_any_use_of_a_warehouse(tmp_path: Path) -> None:
    """Of a reader, a writer and a database in memory; the file is usable after it."""
    warehouse = Warehouse(tmp_path / "zscwh.duckdb")
    warehouse.create()
    _interrupted(scratch([]))
    _interrupted(reader(warehouse.path, 1))
    patience = Patience(1, 0.01)
    with writer_turn(warehouse.path, patience):
        _interrupted(writer(warehouse.path, patience))
    assert warehouse.run_sql("select 1").rows == [(1,)]


def test_another_runtime_error_is_none(tmp_path: Path) -> None:
    """It is a fault of ours, and stays one."""
    warehouse = Warehouse(tmp_path / "zscwh.duckdb")
    warehouse.create()
    message = "ours"
    with pytest.raises(RuntimeError, match=message), reader(warehouse.path, 1):
        raise RuntimeError(message)
