"""Loader ``folder``: any folder of images, its first level of folders as classes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.images import SUFFIXES, ImageFiles, Images
from zsc_wh.datasets.listing import Listing, single_level
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FIELDS: Mapping[str, Field] = {
    "path": Field(str, doc="the folder; ~ and ${VAR} are expanded"),
    "labels": Field(
        str,
        default="folder",
        choices=("folder", "none"),
        doc="whether the folders in it are classes",
    ),
    "level": Field(str, default="class", doc="name of the label level"),
}


def list_samples(params: Mapping[str, Any], base: Path) -> Listing:
    """List the images below a folder.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.

    Returns
    -------
    Listing
        Ids are paths below the folder with forward slashes, in the order of their
        UTF-8 bytes. The class of an image is the first folder on its path; an image
        that lies in no folder has no label.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When there is no such folder, no image in it, a link to nothing, a name that
        is not UTF-8, or something that cannot be read.

    Notes
    -----
    Hidden entries and files whose names do not end in one of `SUFFIXES` are ignored
    and counted. Links are followed, to files and to folders and also out of the
    folder, since subsets are often made of links; a link back to a folder on its own
    path is ignored and counted.
    """
    root = resolve(params["path"], base)
    with _readable(root):
        if not root.is_dir():
            raise DataError(
                what="is no folder" if root.exists() else "there is no such folder",
                where=str(root),
                mend="Set `path` to a folder of images; a relative path starts at the "
                "folder of the declaring file.",
            )
    walk = _Walk(root)
    # Texts compare by code point, which is the order of their UTF-8 bytes.
    files = sorted(walk.images())
    if not files:
        raise DataError(
            what=f"there is no image in the folder or below; looked for names ending "
            f"in {' '.join(SUFFIXES)} and ignored {walk.ignored} other entries",
            where=str(root),
            mend="Check `path`, or convert the images to PNG or JPEG.",
        )
    sample_ids, sizes = zip(*files, strict=True)
    return Listing(
        sample_ids=sample_ids,
        sizes=sizes,
        levels=single_level(params["level"], [_class_of(i) for i in sample_ids])
        if params["labels"] == "folder"
        else (),
        ignored=walk.ignored,
    )


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Return the listed files."""
    root = resolve(params["path"], base)
    return ImageFiles(root, listing.sample_ids, listing.sizes)


def _class_of(sample_id: str) -> str | None:
    """Return the first folder on the path of a sample."""
    folder, slash, _ = sample_id.partition("/")
    return folder if slash else None


@dataclass
class _Walk:
    """One walk through a folder; counts what it ignores."""

    root: Path
    ignored: int = 0

    def images(self) -> Iterator[tuple[str, int]]:
        """Yield (path below the root, bytes) of every image, in no special order."""
        folders: list[tuple[str, frozenset[tuple[int, int]]]] = [("", frozenset())]
        while folders:
            prefix, above = folders.pop()
            folder = self.root / prefix
            with _readable(folder):
                status = folder.stat()
                identity = (status.st_dev, status.st_ino)
                if identity in above:
                    self.ignored += 1
                    continue
                with os.scandir(folder) as entries:
                    for entry in entries:
                        path = prefix + entry.name
                        if entry.name.startswith("."):
                            self.ignored += 1
                        elif entry.is_dir():
                            folders.append((f"{path}/", above | {identity}))
                        elif self._is_image(entry):
                            yield _checked(path, folder), entry.stat().st_size

    def _is_image(self, entry: os.DirEntry[str]) -> bool:
        """Whether an entry that is no folder is an image; a broken link may be."""
        if entry.name.lower().endswith(SUFFIXES) and (
            entry.is_file() or entry.is_symlink()
        ):
            return True
        self.ignored += 1
        return False


def _checked(sample_id: str, folder: Path) -> str:
    """Return a sample id that can be written as UTF-8."""
    try:
        sample_id.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            what=f"the file name {os.fsencode(sample_id)!r} is not UTF-8",
            where=str(folder),
            mend="Rename the file.",
        ) from error
    return sample_id


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turn what the system raises on a folder or an entry of it into a `DataError`."""
    try:
        yield
    except OSError as error:
        raise DataError(
            what=f"cannot be read ({error.strerror})",
            where=str(error.filename or folder),
            mend="Mend the link or the permissions, or remove it.",
        ) from error
