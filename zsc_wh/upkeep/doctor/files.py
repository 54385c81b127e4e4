"""The warehouse, its inbox, its store, and the disk that they lie on."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from zsc_wh.engine.heartbeat import running_ingests
from zsc_wh.errors import LockedError, SchemaError, ZscError
from zsc_wh.files import entries
from zsc_wh.shards import list_shards
from zsc_wh.store import Store
from zsc_wh.upkeep.doctor.finding import Finding, State
from zsc_wh.warehouse import Warehouse
from zsc_wh.words import counted, format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAST_FREE = 2**30
"""Free bytes under which an ingest is likely to fill the disk: a few embeddings."""
WAIT_S = 1.0
"""How long to try a locked warehouse: a load takes about half a second."""


def look(path: Path) -> Iterator[Finding]:
    """Yield what is to be said of the warehouse at `path`."""
    warehouse = Warehouse(path, wait_s=WAIT_S)
    yield from _file(warehouse)
    for name, part in (("ingest", _running), ("inbox", _inbox), ("arrays", _store)):
        try:
            yield from part(warehouse)
        except SchemaError as error:  # a folder that cannot be read
            detail = f"{error.where}: {error.what}"
            yield Finding("warehouse", name, State.PROBLEM, detail, error.hint)
    yield from _disk(warehouse)


def _file(warehouse: Warehouse) -> Iterator[Finding]:
    path = warehouse.path
    if not path.exists():
        detail = f"there is none at {path.absolute()}"
        hint = "zscwh init makes one, zscwh ingest makes and fills one."
        yield Finding("warehouse", "file", State.NOTE, detail, hint)
        return
    detail = f"{path.absolute()}, {format_bytes(path.stat().st_size)}"
    yield Finding("warehouse", "file", State.OK, detail)
    # not by glob, to which the name of the file would be a pattern
    aside = f"{path.name}.wal.bad"
    for log in sorted(p for p in path.parent.iterdir() if p.name.startswith(aside)):
        detail = f"a damaged write-ahead log was set aside: {log}"
        hint = (
            "Remove it; shards that it held are loaded again from the inbox. Repeat "
            "an import, forget or prune of that time: it left no shard."
        )
        yield Finding("warehouse", "log", State.NOTE, detail, hint)
    yield _schema(warehouse)


def _schema(warehouse: Warehouse) -> Finding:
    """Say whether the file can be opened, and whether its schema is the current one."""
    try:
        pending = warehouse.pending()
    except LockedError as error:
        return Finding("warehouse", "lock", State.NOTE, error.what, error.hint)
    except ZscError as error:
        return Finding("warehouse", "schema", State.PROBLEM, error.what, error.hint)
    if pending:
        detail = (
            f"{counted(len(pending), 'migration is', 'migrations are')} pending: "
            f"{', '.join(pending)}"
        )
        return Finding("warehouse", "schema", State.PROBLEM, detail, "zscwh migrate")
    detail = "current, and no process keeps readers out"
    return Finding("warehouse", "schema", State.OK, detail)


def _running(warehouse: Warehouse) -> Iterator[Finding]:
    beats = list(running_ingests(warehouse.inbox))
    for beat in beats:
        detail = (
            f"{', '.join(beat.grids)}: process {beat.pid} on {beat.host}, "
            f"{beat.done} of {counted(beat.total, 'task')} done, {beat.failed} failed"
        )
        yield Finding("warehouse", "ingest", State.NOTE, detail)
    if not beats:
        yield Finding("warehouse", "ingest", State.OK, "none is running")


def _inbox(warehouse: Warehouse) -> Iterator[Finding]:
    waiting = len(list_shards(warehouse.inbox))
    if waiting:
        detail = f"{counted(waiting, 'shard waits', 'shards wait')} to be loaded"
        hint = "zscwh load"
        yield Finding("warehouse", "inbox", State.NOTE, detail, hint)
    else:
        yield Finding("warehouse", "inbox", State.OK, "no shard waits to be loaded")
    bad = len(entries(warehouse.inbox / "bad"))
    if bad:
        were = counted(bad, "shard was", "shards were")
        detail = f"{were} set aside in {warehouse.inbox / 'bad'}"
        hint = (
            "zscwh ingest computes again what was computed here; load those from "
            "elsewhere again from there. zscwh prune removes them."
        )
        yield Finding("warehouse", "set aside", State.NOTE, detail, hint)


def _store(warehouse: Warehouse) -> Iterator[Finding]:
    store = Store(warehouse.store_path)
    arrays, n_bytes = store.size()
    detail = f"{counted(arrays, 'array')}, {format_bytes(n_bytes)}"
    yield Finding("store", "arrays", State.OK, detail)
    bad = len(list(store.contents(".npy.bad")))
    if bad:
        detail = f"{counted(bad, 'damaged array was', 'damaged arrays were')} set aside"
        hint = "zscwh prune removes them; an ingest makes them again where needed."
        yield Finding("store", "damaged", State.NOTE, detail, hint)


def _disk(warehouse: Warehouse) -> Iterator[Finding]:
    """Look at the folders that an ingest writes to; one that is missing is made."""
    places = {"warehouse": warehouse.path, "store": warehouse.store_path}
    for what, place in places.items():
        path = place.absolute()
        folder = path if path.is_dir() else path.parent
        if not folder.is_dir():
            detail, hint = f"there is no folder {folder}", "Make it."
            yield Finding("disk", what, State.PROBLEM, detail, hint)
            continue
        free = shutil.disk_usage(folder).free
        detail = f"{format_bytes(free)} free at {folder}"
        if not os.access(folder, os.W_OK):
            detail += ", which this user may not write"
            hint = "Nothing can be ingested here; use another --warehouse."
            yield Finding("disk", what, State.NOTE, detail, hint)
        elif free < LEAST_FREE:
            yield Finding("disk", what, State.PROBLEM, detail, "Free some space.")
        else:
            yield Finding("disk", what, State.OK, detail)
