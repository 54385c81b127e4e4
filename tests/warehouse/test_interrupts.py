"""Ctrl-C while a statement runs is Ctrl-C, whatever DuckDB makes of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.connect import reader

if TYPE_CHECKING:
    from pathlib import Path

# in a process of its own, which may be interrupted anywhere
PROGRAM = """
import os, pathlib, signal, sys, threading
from zsc_wh.warehouse.connect import reader, scratch, writer, writer_turn
from zsc_wh.warehouse.locks import Patience

path, patience = pathlib.Path(sys.argv[1]), Patience(5, 0.01)

def interrupted(name, opened):
    try:
        with opened as con:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
            while True:
                con.execute("select sum(hash(i)) from range(50000000) n(i)").fetchall()
    except KeyboardInterrupt:
        print(name)

interrupted("scratch", scratch([]))
interrupted("reader", reader(path, 5))
with writer_turn(path, patience):
    interrupted("writer", writer(path, patience))
"""


def test_ctrl_c_ends_any_use_of_a_warehouse(tmp_path: Path) -> None:
    """Of a reader, a writer and a database in memory; the file is usable after it."""
    warehouse = Warehouse(tmp_path / "zscwh.duckdb")
    warehouse.create()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(warehouse.path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["scratch", "reader", "writer"], "")
    assert warehouse.run_sql("select 1").rows == [(1,)]


def test_another_runtime_error_is_none(tmp_path: Path) -> None:
    """It is a fault of ours, and stays one."""
    warehouse = Warehouse(tmp_path / "zscwh.duckdb")
    warehouse.create()
    message = "ours"
    with pytest.raises(RuntimeError, match=message), reader(warehouse.path, 1):
        raise RuntimeError(message)
