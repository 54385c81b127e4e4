"""A warehouse as a folder: one Parquet file a table, a manifest, a data dictionary.

The folder can be read with any tool that knows Parquet; `restore` brings it into a
warehouse again, after the manifest has proved that every file is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh import __version__
from zsc_wh.errors import ConfigError, LoadError, SchemaError
from zsc_wh.exchange.dictionary import dictionary
from zsc_wh.fields import nearest
from zsc_wh.files import (
    entries,
    is_leftover,
    remove_tree,
    sync_folder,
    temporary_name,
)
from zsc_wh.shards import MALFORMED, MANIFEST
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsc_wh.warehouse import Warehouse
    from zsc_wh.warehouse.dump import Dump

FORMAT = 2
"""Version of the layout of an export; 1 is of the first generation of warehouses."""

HISTORY = "schema_migration"
"""The table that no export has: what was done to a file, not what is in it."""

UNFINISHED = "export"
"""Part of the temporary name of an export that is being written."""

DICTIONARY = "data_dictionary.md"
"""Name of the file that says what the tables and columns mean."""


@dataclass(frozen=True)
class Restored:
    """Result of the import of one table: its rows in the folder, and the new ones."""

    table: str
    rows: int
    new: int


def export(warehouse: Warehouse, folder: Path) -> Dump:
    """Write one state of a warehouse into `folder`, whole or not at all.

    The arrays of the store stay where they are; rows name them by their sha256.

    Parameters
    ----------
    warehouse : Warehouse
        What is exported.
    folder : Path
        A folder that does not exist or is empty.

    Raises
    ------
    ConfigError
        When there is something at `folder` already.
    SchemaError
        When the warehouse cannot be read, or the folder cannot be written.
    LockedError
        When a writer holds the warehouse for too long.
    """
    import polars as pl

    _require_free(folder)
    unfinished = folder.absolute().parent / temporary_name(UNFINISHED)
    try:
        _sweep(unfinished.parent)
        unfinished.mkdir(parents=True)
        dump = warehouse.dump(unfinished)
        _finish(unfinished, dump, warehouse.path.name)
        unfinished.replace(folder)
        sync_folder(unfinished.parent)
    except (OSError, pl.exceptions.PolarsError) as error:
        why = getattr(error, "strerror", None) or "a table does not become Parquet"
        raise SchemaError(
            what=f"the export cannot be written ({why})",
            where=str(folder),
            hint="Check that there is space and that the folder can be written.",
        ) from error
    finally:
        remove_tree(unfinished)
    return dump


def restore(
    warehouse: Warehouse,
    folder: Path,
    on_wait: Callable[[str], None] | None = None,
) -> list[Restored]:
    """Bring an export into a warehouse, new or not, in one transaction.

    Rows that are there already, by primary key, stay as they are. Known shards keep
    their number, the others their order behind those that are there, so that the same
    run of a cell counts. Declarations of names and grids keep their times, so that a
    name that both have means what was declared last, and the rest are versions of it.

    Parameters
    ----------
    warehouse : Warehouse
        Where the rows go; made when there is none.
    folder : Path
        What `export` wrote.
    on_wait : callable, optional
        Told whom it waits for, once.

    Returns
    -------
    list of Restored
        One entry a table of the export.

    Raises
    ------
    LoadError
        When the folder is not an export, is damaged, or has a schema that does not fit,
        or when a rule of the warehouse would be broken; nothing is written then.
    SchemaError, LockedError
        When the warehouse cannot be used, or not in time.
    """
    entries = _checked(folder)
    files = {table: folder / f"{table}.parquet" for table in entries}
    new = warehouse.restore(files, on_wait)
    return [Restored(table, entries[table]["rows"], new[table]) for table in entries]


def _sweep(parent: Path) -> None:
    """Remove what exports that were killed left beside the folder to be written."""
    for path in entries(parent):
        if f"{UNFINISHED}-" in path.name and is_leftover(path):
            remove_tree(path)


def _require_free(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ConfigError(
            what="there is something here already",
            where=str(folder),
            hint="Give a folder that does not exist or is empty.",
        )


def _finish(folder: Path, dump: Dump, source: str) -> None:
    """Add dictionary and manifest, and make every file durable."""
    (folder / DICTIONARY).write_text(dictionary(dump), encoding="utf-8")
    entries = {
        table: {
            "columns": list(tables()[table].columns),
            "rows": rows,
            "sha256": _sha256(folder / f"{table}.parquet"),
        }
        for table, rows in dump.rows.items()
    }
    manifest = {
        "format": FORMAT,
        "schema": dump.version,
        "warehouse": source,
        "exported_at": datetime.now(UTC).isoformat(),
        "zscwh": __version__,
        "tables": entries,
        # what is there to be read by people and other programs
        "others": {
            file.name: _sha256(file)
            for file in sorted(folder.iterdir())
            if file.stem not in entries
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    sync_folder(folder)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _checked(folder: Path) -> Mapping[str, Any]:
    """Return the manifest's entry of each table, after every check."""
    entries, others = _entries(folder / MANIFEST)
    for table, entry in entries.items():
        file = folder / f"{table}.parquet"
        _check_columns(table, entry["columns"], file)
        _check_sha256(file, entry["sha256"])
    for name, sha256 in others.items():
        # one that somebody took out is not missed
        if name == Path(name).name and (folder / name).exists():
            _check_sha256(folder / name, sha256)
    return entries


def _check_sha256(file: Path, expected: str) -> None:
    try:
        found = _sha256(file)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise _damaged(file, what) from error
    if found != expected:
        raise _damaged(file, "the sha256 of the file is not that of the manifest")


def _entries(file: Path) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return what the manifest says of tables, and the sha256 of other files."""
    try:
        content = json.loads(file.read_bytes())
        version = int(content["format"])
        entries = {
            str(table): {
                "columns": [str(column) for column in entry["columns"]],
                "rows": int(entry["rows"]),
                "sha256": str(entry["sha256"]),
            }
            for table, entry in content["tables"].items()
        }
        # absent in exports of before
        others = {
            str(name): str(sha256) for name, sha256 in content.get("others", {}).items()
        }
    except OSError as error:
        raise LoadError(
            what=f"the folder is not an export of zscwh ({error.strerror})",
            where=str(file),
            hint="Give a folder that 'zscwh export' wrote.",
        ) from error
    except MALFORMED as error:
        raise _damaged(file, "the manifest is damaged") from error
    if version < FORMAT:
        raise LoadError(
            what="the export was made before names had versions and images were known"
            " by content, and it cannot be brought over",
            where=str(file),
            hint="Ingest into a new warehouse; the version of zscwh that wrote the"
            " export still reads it.",
        )
    if version > FORMAT:
        raise LoadError(
            what=f"the export has format {version}, this version reads {FORMAT}",
            where=str(file),
            hint="Import it with the version of zscwh that wrote it.",
        )
    return entries, others


def _check_columns(table: str, columns: list[str], file: Path) -> None:
    """Refuse what the schema of this version has no place for, or misses.

    An export of an older schema fits when all that came later may be NULL.
    """
    if table not in tables():
        what = f"there is no table '{table}'{nearest(table, [*tables()])}"
        raise _newer(file, what)
    if table == HISTORY:
        raise LoadError(
            what=f"the export holds '{table}', the history of another file",
            where=str(file),
            hint="Take it out of the manifest, or export the warehouse again.",
        )
    known = tables()[table]
    for column in columns:
        if column not in known.columns:
            hint = nearest(column, [*known.columns])
            what = f"table '{table}' has no column '{column}'{hint}"
            raise _newer(file, what)
    for column in known.columns:
        if column in known.required and column not in columns:
            raise LoadError(
                what=f"the export is older than the column '{column}' of '{table}',"
                " which cannot be NULL",
                where=str(file),
                hint="Bring its warehouse up to date with 'zscwh init', and export it "
                "again.",
            )


def _newer(file: Path, what: str) -> LoadError:
    hint = "The export is of a newer version: 'pip install --upgrade zscwh'."
    return LoadError(what=what, where=str(file), hint=hint)


def _damaged(file: Path, what: str) -> LoadError:
    return LoadError(what=what, where=str(file), hint="Export the warehouse again.")
