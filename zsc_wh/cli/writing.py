"""Write a file that the user names with ``-o``, or a descriptor, to the last byte.

A shell's ``>`` is the model: links are followed, an existing file keeps its mode and
owner, devices and pipes are written to and stay what they are. Unlike with ``>``, a
regular file is replaced at once, so that a failure leaves the old one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
from typing import TYPE_CHECKING

from zsc_wh.cli.terminal import escaped
from zsc_wh.errors import ConfigError, ZscError
from zsc_wh.files import sync_folder, temporary_name

if TYPE_CHECKING:
    from pathlib import Path

_NOT_REPLACEABLE = (errno.EACCES, errno.EPERM, errno.EBUSY)
"""A folder that cannot be written, another owner, a single file that is mounted."""
_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Faults while writing, rather than of the name that the user gave."""


class OutputError(ZscError):
    """What a command prints or writes could not be written in full."""

    exit_code = 3


class ReaderGoneError(Exception):
    """The reader of a pipe has closed it; that is its right, and no fault."""


def write_file(path: Path, content: str | bytes, *, new: bool = False) -> None:
    """Write the whole content of a file, a device or a pipe.

    Missing folders are made.

    Parameters
    ----------
    path : Path
        Where to; links are followed, also to a file that does not exist yet.
    content : str or bytes
        Text is written in UTF-8.
    new : bool
        Whether a regular file that exists is refused.

    Raises
    ------
    ConfigError
        When the path cannot be written to.
    OutputError
        When the disk is full or fails. An existing file that could be replaced is as
        it was.
    ReaderGoneError
        When it is a pipe that nobody reads any longer.
    """
    data = content if isinstance(content, bytes) else encoded(content, str(path))
    try:
        _write(path, data, new=new)
    except BrokenPipeError as error:
        raise ReaderGoneError from error
    except OSError as error:
        fault = f"cannot be written ({error.strerror or error})"
        if error.errno in _MACHINE:
            raise OutputError(
                what=fault,
                where=str(path),
                hint="Free some space or choose another place.",
            ) from error
        raise ConfigError(
            what=fault,
            where=str(path),
            hint="Give a new file in a folder that you can write to."
            if new
            else "Choose a file in a folder that you can write to.",
        ) from error


def encoded(
    text: str, where: str, encoding: str = "utf-8", errors: str = "strict"
) -> bytes:
    """Return the bytes of a text.

    Raises
    ------
    OutputError
        When the encoding lacks a character.
    """
    try:
        return text.encode(encoding, errors)
    except UnicodeEncodeError as error:
        raise OutputError(
            what=f"the encoding {encoding} has no {text[error.start]!a}",
            where=where,
            hint="Set PYTHONIOENCODING=utf-8, or write to a file with --output.",
        ) from error


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all bytes; one call of the system may take some of them only."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # a parent made the pipe non-blocking
            select.select([], [descriptor], [])


def _write(path: Path, data: bytes, *, new: bool) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        status = None
    path = _followed(path)
    descriptor = _own_descriptor(path)
    if descriptor is not None:
        _write_open(descriptor, data)
    elif status is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data, None)
    elif not stat.S_ISREG(status.st_mode):
        _write_in_place(path, data)
    elif new:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    elif not os.access(path, os.W_OK):
        # Its folder would let us replace it, but its owner has protected it.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    else:
        try:
            _replace(path, data, status)
        except OSError as error:
            if error.errno not in _NOT_REPLACEABLE:
                raise
            _write_in_place(path, data)


def _followed(path: Path) -> Path:
    """Return what links lead to, up to a descriptor; the caller has ruled out loops."""
    while path.is_symlink() and _own_descriptor(path) is None:
        path = path.parent / path.readlink()
    return path


def _own_descriptor(path: Path) -> int | None:
    """Return N of ``/dev/fd/N`` and ``/proc/self/fd/N``.

    Opened by its name, a file would be written from its beginning, over what the shell
    has put there already, and a socket would not open at all.
    """
    folder = os.path.realpath(path.parent)
    if folder in (f"/proc/{os.getpid()}/fd", "/dev/fd") and path.name.isdecimal():
        return int(path.name)
    return None


def _write_open(descriptor: int, data: bytes) -> None:
    if not os.get_inheritable(descriptor):
        # The shell did not open it, we did: it may be the warehouse.
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    write_all(descriptor, _fit_for(descriptor, data))


def _write_in_place(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOCTTY)
    try:
        write_all(descriptor, _fit_for(descriptor, data))
    finally:
        os.close(descriptor)


def _fit_for(descriptor: int, data: bytes) -> bytes:
    """Return data as it is, unless a terminal would obey it."""
    if not os.isatty(descriptor):
        return data
    return escaped(data.decode(errors="replace")).encode()


def _replace(path: Path, data: bytes, old: os.stat_result | None) -> None:
    temporary = path.with_name(temporary_name())
    # Others must not open a private file in the moment before it gets its mode.
    mode = 0o666 if old is None else 0o600
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        if old is not None:
            now = os.fstat(descriptor)
            if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
        write_all(descriptor, data)
        os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    # The file is there; some folders can be written to but not opened.
    with contextlib.suppress(OSError):
        sync_folder(path.parent)
