"""Shards: finished rows on their way into the warehouse.

Workers never open the warehouse. They write a shard, a folder ``<name>.shard`` with one
Parquet file a table and a manifest that holds the sha256 of each file, under a
temporary name, sync it and rename it. So a shard is whole or is not there, and what
was damaged later is found before it is loaded. Names sort in the order of writing.

polars is imported when a shard is written or checked, not with this module.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.errors import LoadError, SchemaError
from zsc_wh.files import (
    entries,
    machine_fault,
    remove_tree,
    sync_folder,
    temporary_name,
)
from zsc_wh.frames import check_schema, typed_frame
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

FORMAT = 2
"""Version of the layout of a shard."""

MANIFEST = "manifest.json"
"""Name of the file that lists the others; its sha256 is the identity of the shard."""

SUFFIX = ".shard"
"""How the name of a finished shard ends."""


MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,  # 1e400 is read as infinity, which is not an integer
    RecursionError,  # a hundred thousand brackets
)
"""What reading a manifest raises that is not what we wrote."""


@dataclass(frozen=True)
class Manifest:
    """What a shard says of itself.

    Parameters
    ----------
    sha256 : str
        Of the manifest file: the identity of the shard.
    source : str
        Who wrote it, as the writer says.
    rows : mapping of str to int
        Rows by table.
    files : mapping of str to str
        sha256 of ``<table>.parquet`` by table.
    """

    sha256: str
    source: str
    rows: Mapping[str, int]
    files: Mapping[str, str]


def write_shard(
    inbox: Path,
    rows: Mapping[str, Sequence[Mapping[str, object]]],
    source: str,
) -> Path:
    """Write rows as one shard, durably, and return its path.

    Parameters
    ----------
    inbox : Path
        Folder of shards; made when it does not exist.
    rows : mapping of str to sequence of mapping
        Rows by table, each as column to value. JSON columns take text, instants aware
        `datetime` objects, lists any sequence or a 1-d array. A column that may be
        NULL can be left out; ``run.shard_seq`` must be.
    source : str
        Who writes it, such as the name of the grid.

    Raises
    ------
    LoadError
        When there are no rows, when a table, a column or a value does not fit the
        schema, or when the folder cannot be written; nothing stays behind then.
    """
    frames = {name: typed_frame(name, given) for name, given in rows.items() if given}
    if not frames:
        raise LoadError(what="a shard needs at least one row", where=source)
    folder = inbox / temporary_name()
    target = inbox / _fresh_name()
    try:
        folder.mkdir(parents=True)
        _fill(folder, frames, source)
        folder.rename(target)
        sync_folder(inbox)
    except OSError as error:
        raise LoadError(
            what=f"the shard cannot be written ({error.strerror})",
            where=str(inbox),
            hint="Check that there is space and that the folder can be written.",
        ) from error
    finally:
        remove_tree(folder)
    return target


def list_shards(folder: Path) -> list[Path]:
    """Return the finished shards of a folder in the order of writing.

    Raises
    ------
    SchemaError
        When the folder is there and cannot be read.
    """
    return [path for path in entries(folder) if path.name.endswith(SUFFIX)]


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a shard, without looking at its files.

    Raises
    ------
    LoadError
        When it is missing or cannot be understood.
    SchemaError
        When the machine is at fault, such as for too many open files.
    """
    file = path / MANIFEST
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _unreadable(file, "the manifest", error) from error
    try:
        parsed = json.loads(content)
        version, source, files = parsed["format"], parsed["source"], parsed["files"]
        manifest = Manifest(
            sha256=hashlib.sha256(content).hexdigest(),
            source=str(source),
            rows={table: int(entry["rows"]) for table, entry in files.items()},
            files={table: str(entry["sha256"]) for table, entry in files.items()},
        )
    except MALFORMED as error:
        raise _bad(file, "the manifest is damaged") from error
    if version != FORMAT:
        raise LoadError(
            what=f"the shard has format {version}, this version reads {FORMAT}",
            where=str(file),
            hint="Load it with the version of zscwh that wrote it.",
        )
    return manifest


def verify(path: Path) -> Manifest:
    """Check a shard whole: every file, its bytes, its table, its columns.

    Raises
    ------
    LoadError
        For the first fault; names the file.
    SchemaError
        When the machine is at fault, such as for too many open files.
    """
    import polars as pl

    manifest = read_manifest(path)
    for table, expected in manifest.files.items():
        file = path / f"{table}.parquet"
        if file.is_symlink():  # DuckDB may not follow it out of the folder
            raise _bad(file, "the file is a link")
        try:
            content = file.read_bytes()
        except OSError as error:
            raise _unreadable(file, "the file", error) from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise _bad(file, "the sha256 of the file is not that of the manifest")
        try:
            # not by name, in which polars would look for wildcards
            schema = pl.read_parquet_schema(io.BytesIO(content))
            rows = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect()
        except (
            pl.exceptions.PolarsError,
            pl.exceptions.PanicException,
            OSError,
        ) as error:
            raise _bad(file, "the file is not sound Parquet") from error
        check_schema(table, schema, str(file))
        if rows.item() != manifest.rows[table]:
            raise _bad(
                file,
                f"the file has {counted(rows.item(), 'row')}, and the manifest says "
                f"{manifest.rows[table]}",
            )
    return manifest


def _fill(folder: Path, frames: Mapping[str, pl.DataFrame], source: str) -> None:
    files = {}
    for table, frame in sorted(frames.items()):
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        _write_durably(folder / f"{table}.parquet", content)
        digest = hashlib.sha256(content).hexdigest()
        files[table] = {"rows": frame.height, "sha256": digest}
    manifest = {"files": files, "format": FORMAT, "source": source}
    _write_durably(folder / MANIFEST, json.dumps(manifest, sort_keys=True).encode())
    sync_folder(folder)


def _write_durably(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _fresh_name() -> str:
    host = re.sub(r"[^A-Za-z0-9]+", "-", platform.node())
    seconds, order = divmod(time.time_ns(), 10**9)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))
    return f"{stamp}.{order:09d}-{host}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"


def _unreadable(file: Path, what: str, error: OSError) -> SchemaError:
    """Return the error for a file that cannot be read: the shard's or the machine's."""
    if fault := machine_fault(error):
        return refused(str(file), fault)
    return _bad(file, f"{what} cannot be read ({error.strerror})")


def refused(where: str, fault: str) -> SchemaError:
    """Return the error that ends a load, whose shards are as good as they were."""
    return SchemaError(
        what=f"the machine does not let shards be read ({fault})",
        where=where,
        hint="Mend that (`ulimit -n` raises the limit of open files) and load again: "
        "nothing is lost, and no shard was set aside for it.",
    )


def _bad(file: Path, what: str) -> LoadError:
    hint = "Remove the shard; what it held is computed again by the next ingest."
    return LoadError(what=what, where=str(file), hint=hint)
