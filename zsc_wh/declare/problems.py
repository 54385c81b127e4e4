"""Collect the faults of declarations, so that all of them are told at once."""

from __future__ import annotations

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
                hint = nearest(key, fields) or f"; known keys: {', '.join(fields)}"
                self.add(file, f"{place}.{key}", f"unknown key{hint}")
                continue
            fault = fields[key].problem(value)
            if fault:
                self.add(file, f"{place}.{key}", fault)
        for key, field in fields.items():
            if field.default is REQUIRED and key not in given:
                doc = f" ({field.doc})" if field.doc else ""
                self.add(file, place, f"the key '{key}' is missing{doc}")
        return len(self) == before


def read_toml(file: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    ConfigError
        When the file is absent, unreadable, not UTF-8 or not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(what="no such file", where=str(file)) from error
    except OSError as error:
        raise ConfigError(what=f"cannot be read ({error})", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            what="is not UTF-8 text", where=str(file), mend="Save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            what=f"is not valid TOML: {error}",
            where=str(file),
            mend="See https://toml.io for the syntax.",
        ) from error
