"""Collect the faults of declarations, so that all of them are told at once."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError
from zsc_wh.fields import REQUIRED, Field, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Problems:
    """Faults found so far, each with its file, key and remedy."""

    def __init__(self) -> None:
        self._faults: list[tuple[Path, str, str]] = []

    def add(self, file: Path, key: str, fault: str) -> None:
        """Note one fault of `key` in `file`."""
        self._faults.append((file, key, fault))

    def __len__(self) -> int:
        return len(self._faults)

    def raise_if_any(self) -> None:
        """Raise one `ConfigError` that lists every fault, or return."""
        if not self._faults:
            return
        lines = [f"{file}: {key}: {fault}" for file, key, fault in self._faults]
        if len(lines) == 1:
            file, key, fault = self._faults[0]
            raise ConfigError(what=fault, where=f"{file}: {key}")
        raise ConfigError(
            what="\n  ".join([f"{len(lines)} faults in the declarations", *lines])
        )

    def check_keys(
        self,
        file: Path,
        place: str,
        given: Mapping[str, Any],
        fields: Mapping[str, Field],
    ) -> bool:
        """Check `given` against `fields` and note each fault; true when there is none.

        Unknown keys, missing required keys, wrong types, unknown choices and values
        out of range are faults.
        """
        before = len(self)
        for key, value in given.items():
            if key not in fields:
                self.add(file, f"{place}.{key}", _unknown_key(key, fields))
                continue
            fault = fields[key].problem(value)
            if fault:
                self.add(file, f"{place}.{key}", fault)
        for key, field in fields.items():
            if field.default is REQUIRED and key not in given:
                doc = f" ({field.doc})" if field.doc else ""
                self.add(file, place, f"the key '{key}' is missing{doc}")
        return len(self) == before


def _unknown_key(key: str, fields: Mapping[str, Field]) -> str:
    """Name the nearest key, which is a guess, and all the others."""
    hint = nearest(key, fields)
    known = ", ".join(fields)
    return (
        f"unknown key{hint} Known: {known}" if hint else f"unknown key; known: {known}"
    )


def must_quote(table: str, name: str) -> str:
    """Return the fault of a name with a dot that stands without quotes."""
    return (
        f"a dot outside quotes starts a table inside the table; if '{name}' is the "
        f'name, write [{table}."{name}"]'
    )


def read_toml(file: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    ConfigError
        When the file is absent, unreadable, not UTF-8 or not TOML.
    """
    text = read_text(file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            what=f"is not valid TOML: {error}",
            where=str(file),
            mend=_hint(text, error) or "See https://toml.io for the syntax.",
        ) from error
    except (ValueError, RecursionError) as error:
        # limits of Python that its reader of TOML does not catch
        what = "nested too deeply"
        if isinstance(error, ValueError):
            what = "a number with thousands of digits"
        raise ConfigError(
            what=f"cannot be read as TOML: {what}", where=str(file)
        ) from error


def read_text(file: Path) -> str:
    """Read a file that was saved as UTF-8, with or without a byte order mark.

    Raises
    ------
    ConfigError
        When the file is absent, unreadable or not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(what="no such file", where=str(file)) from error
    except OSError as error:
        raise ConfigError(what=f"cannot be read ({error})", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            what="is not UTF-8 text", where=str(file), mend="Save it as UTF-8."
        ) from error


def _hint(text: str, error: Exception) -> str:
    """Say how to write a backslash, when the faulty line has one in double quotes."""
    at = re.search(r"at line (\d+)", str(error))
    line = text.split("\n")[int(at[1]) - 1] if at else ""
    if not re.search(r'"[^"]*\\', line):
        return ""
    return (
        "A backslash in double quotes starts an escape: write the path in single "
        "quotes, as in 'C:\\photos'."
    )
