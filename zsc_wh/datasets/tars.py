"""Places that are tar files, plain or compressed as a whole."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tarfile
import tempfile
import weakref
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, cast

from zsc_wh.datasets.archives import Archive, Member
from zsc_wh.datasets.claims import Unpacking
from zsc_wh.datasets.sniff import HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.datasets.digests import Stamp

_Opener = Callable[[Path], IO[bytes]]
_OPENERS: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_PIECE = 1 << 20  # bytes


class Tar(Archive):
    """A tar file, plain or compressed as a whole.

    Parameters
    ----------
    path, inside, stamp
        See `Archive`.
    opener : callable or None
        See `opener_of`.

    Notes
    -----
    A plain file is read in place. A compressed one can only be read from its start, so
    it is decompressed once, into a temporary file without a name, before the first
    member is read; a listing passes through it and stores nothing.
    """

    def __init__(
        self, path: Path, inside: str, stamp: Stamp, opener: _Opener | None
    ) -> None:
        super().__init__(path, inside, stamp)
        self._opener = opener

    def _streamed(self) -> Iterator[Member] | None:
        return None if self._opener is None else self._passed(self._opener)

    def _passed(self, opener: _Opener) -> Iterator[Member]:
        with opener(self.path) as file:
            packed = cast("IO[bytes]", Unpacking(file, self.path))
            yield from _tar_members(packed, "r|")

    def _indexed(self) -> Iterator[Member]:
        return _tar_members(self._file, "r:")

    def _content(self, handle: Any) -> bytes:
        offset, size = handle
        self._file.seek(offset)
        return self._file.read(size)

    @cached_property
    def _file(self) -> IO[bytes]:
        file = (
            self.path.open("rb")
            if self._opener is None
            else _unpacked(self._opener, self.path)
        )
        weakref.finalize(self, file.close)
        return file


def opener_of(head: bytes) -> _Opener | None:
    """Return what opens a file of these first bytes, None if it is not compressed."""
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            return cast("_Opener", opener)
    return None


def _unpacked(opener: _Opener, path: Path) -> IO[bytes]:
    """Decompress a file into one that has no name and goes when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its `Tar`
    try:
        with opener(path) as packed:
            shutil.copyfileobj(Unpacking(packed, path), file, _PIECE)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


class _Header(tarfile.TarInfo):
    """A header that is told when damaged or absent: tarfile takes it for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf and not any(buf):  # a block of zeros does end an archive
                raise
            raise tarfile.ReadError(str(error)) from error
        if header.size < 0:
            message = "negative size"
            raise tarfile.ReadError(message)
        return header


def _tar_members(file: IO[bytes], mode: Any) -> Iterator[Member]:
    with tarfile.open(
        fileobj=file, mode=mode, tarinfo=_Header, encoding="utf-8"
    ) as tar:
        while (info := tar.next()) is not None:
            yield Member(
                name=info.name,
                size=info.size,
                is_folder=info.isdir(),
                # The content of a sparse file is not in one piece.
                is_file=info.isreg() and not info.issparse(),
                handle=(info.offset_data, info.size),
                head=partial(_tar_head, tar, info),
            )


def _tar_head(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(info)
    return file.read(HEAD_BYTES) if file else b""
