"""Open the place that a declaration points at, whichever it is."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zsc_wh.datasets.archives import tidy
from zsc_wh.datasets.digests import Stamp, path_text
from zsc_wh.datasets.disk import Folder
from zsc_wh.datasets.places import Place, lost
from zsc_wh.datasets.sniff import HEAD_BYTES
from zsc_wh.datasets.tars import Tar, opener_of
from zsc_wh.datasets.zips import ZIP_MAGIC, Zip
from zsc_wh.errors import AbsentError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_open: dict[tuple[str, str, Stamp], Place] | None = None
"""Archives by path, folder inside and state, while `archives_stay_open`."""


@contextmanager
def archives_stay_open() -> Iterator[None]:
    """Open an archive once inside this context, however often it is asked for.

    To list it, to read its samples and to decode some of them takes its directory each
    time, which for 200,000 members costs seconds.
    """
    global _open
    before, _open = _open, {}
    try:
        yield
    finally:
        _open = before


def open_place(path: Path, inside: str) -> Place:
    """Return the place at a path; an archive is told by its content.

    Parameters
    ----------
    path : Path
        A folder or an archive.
    inside : str
        A folder inside it, where the names start; empty for all of it.

    Raises
    ------
    ConfigError
        When `inside` leads out of the place.
    DataError
        When there is nothing at the path, or it cannot be read.
    """
    start = tidy(inside)
    if start is None:
        raise ConfigError(
            what=f"inside = '{inside}' leads out of the dataset",
            where=str(path),
            hint="Name a folder below `path`, with forward slashes.",
        )
    try:
        if (path / start).is_dir():
            return Folder(path / start)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            stamp = Stamp.of(os.fstat(file.fileno()))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise AbsentError(
            what="there is no such folder or archive",
            where=str(path / start),
            hint="Set `path` to a folder of images, a .zip or a .tar; a relative path "
            "starts at the folder of the declaring file.",
        ) from error
    except OSError as error:
        raise lost(str(path), error) from error
    key = (path_text(path), start, stamp)
    place = None if _open is None else _open.get(key)
    if place is None:
        place = (
            Zip(path, start, stamp)
            if head.startswith(ZIP_MAGIC)
            else Tar(path, start, stamp, opener_of(head))
        )
        if _open is not None:
            _open[key] = place
    return place
