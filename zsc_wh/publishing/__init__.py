"""A warehouse as a folder for any static host: a page, tables, and what they mean.

`publish` takes all tables out, makes them free of what is private about machines, puts
them into a warehouse of their own and writes everything out of that: so the page says
nothing that the tables do not.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.errors import ConfigError, SchemaError
from zsc_wh.exchange.dictionary import dictionary
from zsc_wh.files import (
    entries,
    is_leftover,
    remove_tree,
    sync_folder,
    temporary_name,
)
from zsc_wh.publishing.cleaning import clean, read
from zsc_wh.publishing.croissant import Facts, croissant
from zsc_wh.publishing.evaluations import evaluations
from zsc_wh.report import build
from zsc_wh.sqlfiles import tables
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Facts", "Published", "publish"]

UNFINISHED = "publish"
"""Part of the temporary name of a folder that is being written."""

CHECKSUMS = "checksums.txt"
"""The sha256 of every other file, as ``sha256sum --check`` reads them."""

DICTIONARY = "data_dictionary.md"
"""Name of the file that says what the tables and columns mean."""


@dataclass(frozen=True)
class Published:
    """What was written: rows by table, records by encoder, bytes in all."""

    rows: dict[str, int]
    records: dict[str, int]
    n_bytes: int


def publish(
    warehouse: Warehouse,
    folder: Path,
    facts: Facts,
    *,
    benchmark: str | None = None,
    without: Iterable[str] = (),
    machines: bool = False,
) -> Published:
    """Write a warehouse into a folder for a static host, whole or not at all.

    The same warehouse gives the same bytes.

    Parameters
    ----------
    warehouse : Warehouse
        What is published; it is only read.
    folder : Path
        A folder that does not exist, is empty, or was written by this function and has
        nothing else in it: that one is replaced.
    facts : Facts
        What nobody but the user knows.
    benchmark : str, optional
        The dataset of the Hugging Face hub, ``ORG/NAME``, that the folder goes to; with
        it, records of the encoders' results are written, too.
    without : iterable of str
        Tables to leave out.
    machines : bool
        Whether names of hosts and folders of this machine are left as they are.

    Raises
    ------
    ConfigError
        When there is something else in the folder, or an argument is wrong.
    SchemaError
        When the warehouse cannot be read, or the folder cannot be written.
    MissingExtraError
        When the extra ``report`` is not installed.
    """
    import polars as pl

    _require_ours(folder)
    left_out = {*without}
    unfinished = folder.absolute().parent / temporary_name(UNFINISHED)
    try:
        _sweep(unfinished.parent)
        unfinished.mkdir(parents=True)
        shown = _shown(warehouse, unfinished / "taken", machines=machines)
        page = unfinished / "page"
        page.mkdir()
        written = _write(shown, page, facts, benchmark, left_out)
        _swap(page, folder)
        sync_folder(unfinished.parent)
    except (OSError, pl.exceptions.PolarsError) as error:
        why = getattr(error, "strerror", None) or "a table does not become Parquet"
        raise SchemaError(
            what=f"the folder cannot be written ({why})",
            where=str(folder),
            hint="Check that there is space and that it can be written.",
        ) from error
    finally:
        remove_tree(unfinished)
    return written


def _shown(warehouse: Warehouse, folder: Path, *, machines: bool) -> Warehouse:
    """Return a warehouse that holds what may be seen, made of the tables of another."""
    folder.mkdir()
    dump = warehouse.dump(folder)
    files = {table: folder / f"{table}.parquet" for table in dump.rows}
    if not machines:
        clean(files)
    shown = Warehouse(folder / warehouse.path.name)
    shown.restore(files)
    return shown


def _write(
    shown: Warehouse,
    folder: Path,
    facts: Facts,
    benchmark: str | None,
    left_out: set[str],
) -> Published:
    """Write all files of the folder."""
    dump = shown.dump(folder)
    unknown = sorted(left_out - dump.rows.keys())
    if unknown:
        raise ConfigError(
            what=f"there is no table '{unknown[0]}'",
            hint=f"Tables are {', '.join(dump.rows)}.",
        )
    for table in left_out:
        (folder / f"{table}.parquet").unlink()
    rows = {table: n for table, n in dump.rows.items() if table not in left_out}
    for table in rows:
        _in_order(folder / f"{table}.parquet", tables()[table].key)
    (folder / "index.html").write_text(build(shown, title=facts.title), "utf-8")
    text = dictionary(type(dump)(dump.version, rows, dump.described))
    (folder / DICTIONARY).write_text(text, encoding="utf-8")
    metadata = croissant(folder, dump.described, rows, facts)
    (folder / "croissant.json").write_text(metadata, encoding="utf-8")
    records = {} if benchmark is None else evaluations(shown, folder, benchmark, facts)
    sums = {file: _sha256(folder / file) for file in _files(folder)}
    lines = [f"{sha256}  {file}\n" for file, sha256 in sums.items()]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    n_bytes = 0
    for name in _files(folder):
        with (folder / name).open("rb") as stream:
            n_bytes += os.fstat(stream.fileno()).st_size
            os.fsync(stream.fileno())
    return Published(rows, records, n_bytes)


def _in_order(file: Path, key: Iterable[str]) -> None:
    """Sort a table by its key: a warehouse takes rows in as they come."""
    read(file).sort(*key).write_parquet(file, compression="zstd")


def _files(folder: Path) -> list[str]:
    """Return the paths of all files in a folder, sorted."""
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _require_ours(folder: Path) -> None:
    """Refuse a folder with anything in it that was not published there."""
    if not folder.exists() and not folder.is_symlink():
        return
    try:
        found = set(_files(folder)) if folder.is_dir() else {folder.name}
        listed = folder / CHECKSUMS
        text = listed.read_text(encoding="utf-8") if listed.is_file() else ""
    except (OSError, UnicodeDecodeError):
        found, text = {CHECKSUMS}, ""
    ours = {line.partition("  ")[2] for line in text.splitlines()} | {CHECKSUMS}
    foreign = sorted(found if not text else found - ours)
    if foreign:
        raise ConfigError(
            what=f"there is something here that was not published: {foreign[0]!r}",
            where=str(folder),
            hint="Give a folder that does not exist or is empty, or one that "
            "`zscwh publish` wrote and nothing was added to.",
        )


def _swap(page: Path, folder: Path) -> None:
    """Put a finished folder in its place; what was there goes with the rest."""
    if folder.exists():
        folder.replace(page.parent / "before")
    page.replace(folder)


def _sweep(parent: Path) -> None:
    """Remove what was left beside the folder by a process that was killed."""
    for path in entries(parent):
        if f"{UNFINISHED}-" in path.name and is_leftover(path):
            remove_tree(path)
