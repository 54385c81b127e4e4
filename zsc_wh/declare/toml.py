"""Read TOML as people save it: with a byte order mark, or with a fault to explain."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError

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
        raise ConfigError(what=f"cannot be read ({error})", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            what="is not UTF-8 text", where=str(file), mend="Save it as UTF-8."
        ) from error


def _syntax_fault(file: Path, text: str, fault: str) -> ConfigError:
    at = re.search(r" \(at line (\d+), (column \d+)\)$", fault)
    if at is None:
        where, line = str(file), ""
    else:
        where, line = f"{file}:{at[1]}", text.split("\n")[int(at[1]) - 1]
        fault = f"{fault[: at.start()]}, at {at[2]}"
    return ConfigError(
        what=f"is not valid TOML: {fault}",
        where=where,
        mend=_hint(line) or "See https://toml.io for the syntax.",
    )


def _hint(line: str) -> str:
    """Say how to write a backslash, when a faulty line has one in double quotes."""
    if not re.search(r'"[^"]*\\', line):
        return ""
    return (
        "A backslash in double quotes starts an escape: write the path in single "
        "quotes, as in 'C:\\photos'."
    )
