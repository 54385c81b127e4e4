"""Standard input, output and error as the command line needs them.

Python's own lose data with PYTHONUNBUFFERED, fail as late as its exit, are None where
the shell closed them, and click takes escape codes out of what goes to a pipe. Ours
take every byte or raise one of our errors at once.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

from zsc_wh.cli.terminal import escaped
from zsc_wh.cli.writing import OutputError, ReaderGoneError, encoded, write_all
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

_REDRAWN = re.compile(r"\r(\x1b\[K)?")
"""How a line begins that takes the place of the one before, as progress does."""


def install() -> None:
    """Put our streams in the place of Python's; to be called before anything opens."""
    _fill_gaps()
    sys.stdin = _Input(sys.stdin)
    sys.stdout = _Output(sys.stdout, _Whole(1 if sys.stdout else -1))
    sys.stderr = _Output(sys.stderr, _Lossy(2))


def print_out(content: str | bytes) -> None:
    """Write to standard output as it is; a terminal gets control characters escaped.

    Raises
    ------
    OutputError
        When it is closed, or the disk behind it is full.
    ReaderGoneError
        When it is a pipe that nobody reads any longer.
    """
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content)
    sys.stdout.flush()


def _fill_gaps() -> None:
    """Open the null device where the shell closed a standard descriptor.

    The next file that is opened would get its number, and that is the warehouse: what
    a library prints would go into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, so this one


class _Whole(io.RawIOBase):
    """A descriptor that takes everything it is given, or says why not."""

    name = "<standard stream>"

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        whole = memoryview(data)
        try:
            write_all(self._descriptor, whole)
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        except OSError as error:
            if error.errno == errno.EBADF:
                raise OutputError(what="standard output is closed") from error
            raise OutputError(
                what=f"standard output cannot be written ({error.strerror})"
            ) from error
        return len(whole)


class _Lossy(_Whole):
    """A descriptor for messages: one that is lost does not end the work."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except (OutputError, ReaderGoneError):
            return len(memoryview(data))


class _Output(io.TextIOWrapper):
    """A stream that writes at once and never lets a terminal obey a name."""

    def __init__(self, replaced: TextIO | None, whole: _Whole) -> None:
        self._wanted = replaced.encoding if replaced else "utf-8"
        self._errors = (replaced.errors if replaced else None) or "strict"
        # click goes around a stream that says ASCII, and writes question marks.
        is_ascii = codecs.lookup(self._wanted).name == "ascii"
        super().__init__(whole, "utf-8" if is_ascii else self._wanted, self._errors)

    def write(self, text: str, /) -> int:
        shown = text
        if self.isatty():
            redrawn = _REDRAWN.match(text)
            start = redrawn.end() if redrawn else 0
            shown = text[:start] + escaped(text[start:])
        self.buffer.write(encoded(shown, "standard output", self._wanted, self._errors))
        return len(text)


class _Closed(io.RawIOBase):
    """What is read where the shell closed standard input."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: Any, /) -> int:
        raise OSError(errno.EBADF, "it is closed")


class _Input(io.TextIOWrapper):
    """Standard input whose faults are told in one line."""

    def __init__(self, replaced: TextIO | None) -> None:
        if replaced is None:
            super().__init__(io.BufferedReader(_Closed()), "utf-8")
        else:
            # In the C locale Python lets bytes through that are not text.
            errors = replaced.errors
            strict = "strict" if errors == "surrogateescape" else errors
            super().__init__(replaced.buffer, replaced.encoding, strict)

    def read(self, size: int | None = -1, /) -> str:
        return _told(lambda: super(_Input, self).read(size))

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        return _told(lambda: super(_Input, self).readline(size))


def _told(read: Callable[[], str]) -> str:
    try:
        return read()
    except UnicodeDecodeError as error:
        fault = f"it is not {error.encoding}"
        raise ConfigError(what=f"standard input cannot be read ({fault})") from error
    except OSError as error:
        raise ConfigError(
            what=f"standard input cannot be read ({error.strerror})"
        ) from error
