"""Rows on their way to the warehouse: gathered, written as shards, loaded now and then.

Rows are safe once their shard is written. Loading can wait: while somebody reads the
warehouse, shards pile up in its inbox and the ingest goes on computing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zsc_wh.errors import LockedError
from zsc_wh.shards import write_shard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.records import Rows
    from zsc_wh.warehouse import LoadReport, Warehouse

SHARD_EVERY_S = 1.0
"""At most this many seconds of finished work are lost when the ingest is killed."""
LOAD_EVERY_S = 10.0
"""How often a running ingest brings its results into the warehouse."""


class Outbox:
    """Collects the rows of one ingest.

    Parameters
    ----------
    warehouse : Warehouse or None
        Where shards are loaded; None leaves them in `folder`.
    folder : Path
        Where shards are written.
    source : str
        Name of this ingest, kept with each shard.
    say : callable
        Takes a line for the user.

    Attributes
    ----------
    set_aside : list of (Path, str)
        Shards that were not loaded: where each lies now, and why.
    """

    def __init__(
        self,
        warehouse: Warehouse | None,
        folder: Path,
        source: str,
        say: Callable[[str], None],
    ) -> None:
        self._warehouse = warehouse
        self._folder = folder
        self._source = source
        self._say = say
        self._rows: dict[str, list[dict[str, object]]] = {}
        self._written = self._loaded = time.monotonic()
        self._unloaded = 0
        self._is_waiting = False
        self.set_aside: list[tuple[Path, str]] = []

    def add(self, rows: Rows) -> None:
        """Take rows; they are written with the next shard."""
        for table, content in rows.items():
            self._rows.setdefault(table, []).extend(content)

    def tick(self) -> None:
        """Write a shard and load, when it is time for either."""
        now = time.monotonic()
        if self._rows and now - self._written > SHARD_EVERY_S:
            self.write()
        if self._unloaded and now - self._loaded > LOAD_EVERY_S:
            self._loaded = now
            self._try_load()

    def write(self) -> None:
        """Write what is there as one shard."""
        if self._rows:
            write_shard(self._folder, self._rows, self._source)
            self._rows = {}
            self._unloaded += 1
        self._written = time.monotonic()

    def close(self) -> None:
        """Write and load the rest, waiting for readers to let go.

        Raises
        ------
        LockedError
            When the warehouse stays locked; the shards are safe in the inbox.
        """
        self.write()
        if self._warehouse is not None and self._unloaded:
            self._report(self._warehouse.load(on_wait=self._say))
            self._unloaded = 0

    def _try_load(self) -> None:
        if self._warehouse is None:
            return
        try:
            report = self._warehouse.load(wait_s=0)
        except LockedError as error:
            if not self._is_waiting:
                self._say(f"results wait in the inbox, computing goes on: {error.what}")
            self._is_waiting = True
            return
        self._is_waiting = False
        self._unloaded = 0
        self._report(report)

    def _report(self, report: LoadReport) -> None:
        self.set_aside += report.bad
        for path, reason in report.bad:
            self._say(f"shard set aside: {path}: {reason}")
        for line in report.left_out_lines:
            self._say(line)
