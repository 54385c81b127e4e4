"""Read TOML as people save it: with a byte order mark, or with a fault to explain."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError
from zsc_wh.words import one_line

if TYPE_CHECKING:
    from pathlib import Path


def parse_toml(file: Path, text: str) -> dict[str, Any]:
    """Parse the text of a TOML file.

    Raises
    ------
    ConfigError
        When it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_fault(file, text, str(error)) from error
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
        raise ConfigError(
            what=f"cannot be read ({error.strerror})",
            where=str(file),
            hint="Check the disk, and that it is a file that this user may read.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            what="is not UTF-8 text", where=str(file), hint="Save it as UTF-8."
        ) from error


_FAULTS = {
    "overwrite": "a key is given twice",
    "twice": "a table or a key is declared twice",
    "mutate immutable": "a table or a list that was closed is added to",
    "Expected '='": "a key is not followed by '='",
    "Expected newline": "more stands behind a value or a table",
    "Unterminated": "a string is not closed by a quotation mark",
    "Illegal character": "a string ends with the line, or holds a control character",
    "escape": "an escape in a string is unknown",
    "Invalid value": "there is no value that TOML knows; strings stand in quotes",
    "Invalid initial character": "a key is not of letters, digits, '_' and '-'",
    "Invalid statement": "no key or table begins there",
    "Unclosed": "a list or an inline table is not closed",
    "Expected ']'": "the brackets around the name of a table are not closed",
    "Invalid date": "a date or a time does not exist",
}
"""What is wrong, by what Python's reader of TOML calls it."""

_LONGEST_LINE = 80


def _syntax_fault(file: Path, text: str, said: str) -> ConfigError:
    known = (fault for part, fault in _FAULTS.items() if part in said)
    fault = next(known, "it cannot be understood")
    at = re.search(r"at line (\d+), column (\d+)", said)
    if at is None:
        line, where, place = "", str(file), "at the end of the file"
    else:
        line = text.split("\n")[int(at[1]) - 1]
        where = f"{file}:{at[1]}"
        place = f"at column {at[2]} of: {one_line(line, _LONGEST_LINE)}"
    return ConfigError(
        what=f"is not valid TOML: {fault}, {place}",
        where=where,
        hint=_hint(line) or "See https://toml.io for the syntax.",
    )


def _hint(line: str) -> str:
    """Say how to write a backslash, when a faulty line has one in double quotes."""
    if not re.search(r'"[^"]*\\', line):
        return ""
    return (
        "A backslash in double quotes starts an escape: write the path in single "
        "quotes, as in 'C:\\photos'."
    )
