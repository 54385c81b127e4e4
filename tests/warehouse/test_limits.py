from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from zsc_wh.errors import QueryError
from zsc_wh.warehouse.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.warehouse import Warehouse

ENDLESS = (
    "select count(*) from range(10000000) a, range(10000000) b"
    " where (a.range * b.range) % 7 = 3"
)


@pytest.fixture
def ctrl_c_soon() -> Iterator[None]:
    """Press Ctrl-C after 0.3 s of the test."""

    def press(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, press)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("text", [ENDLESS, f"explain analyze {ENDLESS}"])
@pytest.mark.usefixtures("ctrl_c_soon")
def test_ctrl_c_stops_a_query(warehouse: Warehouse, text: str) -> None:
    """A query that runs for hours ends, and the warehouse is free again."""
    with pytest.raises(KeyboardInterrupt):
        warehouse.run_sql(text)
    assert warehouse.write(lambda _: 5, wait_s=0) == 5


@pytest.mark.usefixtures("ctrl_c_soon")
def test_ctrl_c_stops_a_frame(warehouse: Warehouse) -> None:
    """The same holds from Python."""
    with pytest.raises(KeyboardInterrupt):
        warehouse.sql(ENDLESS)


def test_a_query_is_stopped_when_its_time_is_up(warehouse: Warehouse) -> None:
    """The message names the limit."""
    with pytest.raises(QueryError, match=r"stopped after 0\.2 s"):
        warehouse.run_sql(ENDLESS, Limits(timeout_s=0.2))


def test_a_query_keeps_to_its_memory(warehouse: Warehouse) -> None:
    """The message says what to do, not which setting of DuckDB to change."""
    limits = Limits(memory_bytes=2**25)
    with pytest.raises(QueryError, match="more memory than it may use") as caught:
        warehouse.run_sql("select list(range) from range(100000000)", limits)
    assert "SET" not in str(caught.value)


@pytest.mark.parametrize("column", ["range", "now()"])
@pytest.mark.parametrize(("rows", "is_cut"), [(2, True), (3, False), (4, False)])
def test_rows_beyond_the_limit_are_left_out(
    warehouse: Warehouse, column: str, rows: int, is_cut: bool
) -> None:
    """Whether there are more is known."""
    found = warehouse.run_sql(f"select {column} from range(3)", Limits(rows=rows))
    assert (len(found.rows), found.is_cut) == (min(rows, 3), is_cut)
