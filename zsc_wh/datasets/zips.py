"""Places that are ``.zip`` files."""

from __future__ import annotations

import stat
import zipfile
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.archives import BROKEN, Archive, Member
from zsc_wh.datasets.sniff import HEAD_BYTES
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
"""First bytes of a file with members, and of one without."""

_METHODS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
)
_ENCRYPTED = 0x1  # flag bit of a member


class Zip(Archive):
    """A ``.zip`` file."""

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self.path)

    def _indexed(self) -> Iterator[Member]:
        for info in self._zip.infolist():
            self._check(info)
            # A link is a file that holds its target.
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            yield Member(
                name=info.filename,
                size=info.file_size,
                is_folder=info.is_dir(),
                is_file=not is_link,
                handle=info,
                head=partial(self._head, info),
            )

    def _content(self, handle: Any) -> bytes:
        return self._zip.read(handle)

    def _head(self, info: zipfile.ZipInfo) -> bytes:
        """Return the first bytes, none of a damaged member."""
        try:
            with self._zip.open(info) as file:
                return file.read(HEAD_BYTES)
        except BROKEN:
            return b""
        except OSError as error:
            if error.errno is None:  # raised by bz2, not by the system
                return b""
            raise

    def _check(self, info: zipfile.ZipInfo) -> None:
        """Refuse what cannot be read for the way that it was packed."""
        how = None
        if info.flag_bits & _ENCRYPTED:
            how = "encrypted"
        elif info.compress_type not in _METHODS:
            how = f"compressed by method {info.compress_type}, which Python cannot read"
        elif "\\" in info.filename:
            how = "named with backslashes, so that its folders are not known"
        if how:
            raise DataError(
                what=f"the member '{info.filename}' is {how}",
                where=str(self.path),
                hint="Pack it anew without a password, with the usual compression and "
                "with forward slashes.",
            )
