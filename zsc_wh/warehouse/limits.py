"""Keep a query within limits, and let Ctrl-C end it.

DuckDB runs a statement in the thread that asks and does not look for signals until it
is done. So the statement gets a thread of its own, and the one that waits stops it.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTimeError
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

T = TypeVar("T")

_INTERRUPT_EVERY_S = 0.02
"""DuckDB forgets an interrupt that comes just before a statement begins."""


@dataclass(frozen=True)
class Limits:
    """How much a query may take; None sets no limit.

    Parameters
    ----------
    timeout_s : float or None
        Seconds until it is stopped.
    memory_bytes : int or None
        Memory that DuckDB may use.
    rows : int or None
        Rows that are returned; the rest of the result is left out.
    """

    timeout_s: float | None = None
    memory_bytes: int | None = None
    rows: int | None = None


NO_LIMITS = Limits()


def stoppable(
    con: duckdb.DuckDBPyConnection,
    run: Callable[[], T],
    timeout_s: float | None,
    where: str,
) -> T:
    """Return what `run` returns; stop it after `timeout_s` seconds or on Ctrl-C.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        What `run` uses, and nobody else meanwhile.
    run : callable
        Runs one statement and fetches its result.
    timeout_s : float or None
        Seconds; None waits as long as it takes.
    where : str
        What runs, for the message.

    Raises
    ------
    QueryError
        When the time is up.
    KeyboardInterrupt
        On Ctrl-C, once the statement has ended.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(run())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            future.set_exception(error)

    thread = threading.Thread(target=work, name="query", daemon=True)
    thread.start()
    try:
        return future.result(timeout_s)
    except NotInTimeError as error:
        raise QueryError(
            what=f"the query was stopped after {timeout_s:g} s",
            where=where,
            hint="Ask for less, or give it more time with --timeout.",
        ) from error
    finally:
        while thread.is_alive():
            # another Ctrl-C changes nothing: the query is being stopped
            with suppress(KeyboardInterrupt):
                if not future.done():
                    con.interrupt()
                thread.join(_INTERRUPT_EVERY_S)
