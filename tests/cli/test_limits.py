from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.warehouse.test_limits import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

QUERY = f"""-- name: endless
-- doc: one row that takes for ever
-- columns:
--   n bigint: a number
-- reads: run
select n from ({ENDLESS}) as counted (n) order by n
"""


def _start(warehouse: Warehouse, *args: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "zsc_wh", "--warehouse", warehouse.path, *args]
    return subprocess.Popen(
        [str(part) for part in command], stderr=subprocess.PIPE, text=True
    )


def _is_busy(process: subprocess.Popen[str]) -> bool:
    """Whether DuckDB's threads run."""
    return len(os.listdir(f"/proc/{process.pid}/task")) > 1  # noqa: PTH208


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("command", ["sql", "query"])
def test_ctrl_c_ends_the_command(
    warehouse: Warehouse, tmp_path: Path, command: str
) -> None:
    """One Ctrl-C is enough, and the exit code is that of an interrupt."""
    (tmp_path / "endless.sql").write_text(QUERY)
    queries: list[object] = ["endless", "--queries", tmp_path]
    args = queries if command == "query" else [ENDLESS]
    with _start(warehouse, command, *args) as process:
        _until(lambda: _is_busy(process))
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told.strip()) == (130, "zscwh: stopped")


def test_rows_are_limited(
    warehouse: Warehouse, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is left out is said."""
    with _start(
        warehouse, "sql", "from range(9)", "--limit", 2, "-f", "csv"
    ) as process:
        _, told = process.communicate()
    assert told == "only the first 2 rows (--limit)\n"
    assert capfd.readouterr().out == "range\n0\n1\n"


@pytest.mark.parametrize(
    ("option", "value"), [("--timeout", "0.2"), ("--memory-limit", "16MiB")]
)
def test_a_query_beyond_a_limit_is_an_error(
    warehouse: Warehouse, option: str, value: str
) -> None:
    """One line that names the option."""
    text = "select list(a.range) from range(10000000) a, range(1000) b"
    with _start(warehouse, "sql", text, option, value) as process:
        _, told = process.communicate()
    assert process.returncode == 1
    assert option in told
    assert told.count("\n") == 1
