"""The exception tree: every error says what happened, where, and how to mend it.

Nothing here imports anything of ours. The command line maps the classes to exit codes
through `ZscError.exit_code`; a foreign exception is wrapped at the edge where it
appears, with ``raise ... from``.
"""

from __future__ import annotations

from typing import ClassVar

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


class ZscError(Exception):
    """Base of all errors of this package; never raised itself.

    Parameters
    ----------
    what : str
        What went wrong, in one sentence without a full stop.
    where : str, optional
        File, key, cell or table that it concerns.
    hint : str, optional
        What the user can do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what, where, hint)

    def __str__(self) -> str:
        what = self.what.rstrip()
        text = f"{self.where}: {what}" if self.where else what
        hint = self.hint.strip()
        if not hint:
            return text
        *_, last = what.split("\n")
        if last.startswith(" "):  # a list, which needs no stop
            return f"{text}\n{hint}"
        # `what` can end in "did you mean 'x'?", or in the text of a library
        stop = "" if text.endswith((".", "?", "!", "…", ":")) else "."
        gap = "\n" if self.hint.startswith("\n") else " "
        return f"{text}{stop}{gap}{hint}"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by fields, so that an error crosses a process boundary whole."""
        return (_rebuild, (type(self), self.what, self.where, self.hint))


def _rebuild(cls: type[ZscError], what: str, where: str, hint: str) -> ZscError:
    return cls(what, where=where, hint=hint)


class ConfigError(ZscError):
    """A declaration or an argument is wrong."""

    exit_code = 2


class SchemaError(ZscError):
    """The warehouse file cannot be opened, is not ours, or has another schema."""

    exit_code = 3


class LockedError(SchemaError):
    """Another process holds the warehouse file and did not let go in time."""


class LoadError(SchemaError):
    """A shard cannot be read whole or breaks a rule of the warehouse."""


class QueryError(ZscError):
    """A query or its parameters are wrong."""


class DataError(ZscError):
    """Images, embeddings or labels cannot be used."""


class AbsentError(DataError):
    """A file or folder that a declaration names is not there."""


class StoreError(DataError):
    """A stored array is missing or damaged; it can be made again."""


class UnreadableError(DataError):
    """One sample cannot be read; it is left out and recorded, the others go on."""


class ComputeError(ZscError):
    """A stage could not produce its result."""


class NotApplicableError(ComputeError):
    """A method cannot be applied to this input; the cell is skipped, not failed."""


class MissingExtraError(ZscError):
    """A package of an optional extra is not installed."""

    exit_code = 2
