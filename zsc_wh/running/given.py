"""What a caller from Python gives, checked as the command line checks it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zsc_wh.engine.slices import Slice
    from zsc_wh.warehouse import Warehouse

    Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

DEFAULT_WAREHOUSE = "zscwh.duckdb"
"""The warehouse where none is named, by an argument or by the variable."""

WAREHOUSE_VARIABLE = "ZSCWH_WAREHOUSE"


def warehouse_at(path: str | os.PathLike[str] | None) -> Warehouse:
    """Return the warehouse at a path, or the default one; it need not exist."""
    from zsc_wh.warehouse import Warehouse

    path = path or os.environ.get(WAREHOUSE_VARIABLE) or DEFAULT_WAREHOUSE
    return Warehouse(Path(path).expanduser())


def as_paths(given: Paths) -> list[Path]:
    """Return one path, or several, as a list."""
    several = [given] if isinstance(given, str | os.PathLike) else given
    return [Path(path).expanduser() for path in several]


@contextmanager
def data_folders(folders: Paths) -> Iterator[None]:
    """Name folders of published datasets to all that read them, workers included."""
    from zsc_wh.datasets.sources import DATA

    paths, before = as_paths(folders), os.environ.get(DATA)
    for path in paths:
        if not path.is_dir():
            raise ConfigError(
                what="there is no such folder of datasets",
                where=str(path),
                hint="`data` takes folders, in place of $ZSCWH_DATA.",
            )
    if paths:
        os.environ[DATA] = os.pathsep.join(str(path.resolve()) for path in paths)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(DATA, None)
        else:
            os.environ[DATA] = before


def as_slice(text: str | None) -> Slice | None:
    """Return the slice that a text means."""
    from zsc_wh.engine.slices import Slice

    return None if text is None else Slice.parse(text)


def check(
    grids: Sequence[object],
    retry: str | None,
    limit: int | None,
    jobs: int | None = None,
    timeout: float | None = None,
) -> None:
    """Refuse what the command line refuses."""
    faults = {
        "name at least one grid": not grids,
        f"retry = {retry!r} is neither 'failed' nor 'all'": retry
        not in (None, "failed", "all"),
        f"limit = {limit} is below 0": limit is not None and limit < 0,
        f"jobs = {jobs} is below 1": jobs is not None and jobs < 1,
        f"timeout = {timeout} is not a number of seconds above 0; for no limit, leave"
        " it out": timeout is not None and not (isfinite(timeout) and timeout > 0),
    }
    wrong = [fault for fault, is_there in faults.items() if is_there]
    if wrong:
        raise ConfigError(what="; ".join(wrong))
