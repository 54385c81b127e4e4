"""Collect the faults of declarations, so that all of them are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.declare.lines import line_numbers
from zsc_wh.declare.toml import parse_toml, read_text
from zsc_wh.errors import ConfigError
from zsc_wh.fields import REQUIRED, Field, closest, complete, missing, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zsc_wh.declare.place import Keys, Place


class Problems:
    """The TOML files that were read, and the faults found in them so far."""

    def __init__(self) -> None:
        self._texts: dict[Path, str] = {}
        self._faults: list[tuple[Place, str]] = []

    def load(self, file: Path) -> dict[str, Any]:
        """Read a TOML file, whose faults will have the numbers of their lines.

        Raises
        ------
        ConfigError
            When the file is absent, unreadable, not UTF-8 or not TOML.
        """
        self._texts[file] = read_text(file)
        return parse_toml(file, self._texts[file])

    def text(self, file: Path) -> str:
        """Return the text of a file that was read."""
        return self._texts[file]

    def add(self, place: Place, fault: str) -> None:
        """Note one fault."""
        self._faults.append((place, fault))

    def __len__(self) -> int:
        return len(self._faults)

    def raise_if_any(self) -> None:
        """Raise one `ConfigError` that lists every fault, or return.

        The faults of a file are told together, from its top to its bottom.
        """
        if not self._faults:
            return
        files = list(dict.fromkeys(place.file for place, _ in self._faults))
        faults = [line for file in files for line in self._of_file(file)]
        if len(faults) == 1:
            ((where, fault),) = faults
            raise ConfigError(what=fault, where=where)
        lines = [f"{where}: {fault}" for where, fault in faults]
        raise ConfigError(
            what="\n  ".join([f"{len(lines)} faults in the declarations", *lines])
        )

    def _of_file(self, file: Path) -> list[tuple[str, str]]:
        """Return where each fault of a file stands, and the fault."""
        lines = line_numbers(self._texts[file]) if file in self._texts else {}
        faults = [
            (_line(place.keys, lines), place, fault)
            # several entries can be made of one key, all with its fault
            for place, fault in dict.fromkeys(self._faults)
            if place.file == file
        ]
        faults.sort(key=lambda fault: fault[0])
        return [
            (": ".join(filter(None, (_numbered(file, n), str(place)))), fault)
            for n, place, fault in faults
        ]

    def read(
        self, place: Place, given: object, fields: Mapping[str, Field]
    ) -> dict[str, Any]:
        """Check a table, note each fault, and return what is sound with the defaults.

        Unknown keys, missing required keys, wrong types, unknown choices and values
        out of range are faults. A key with a fault, or of which a misspelt one is near,
        is left out of the result and not missing as well: what is checked of several
        keys together needs them all to be there.
        """
        if not isinstance(given, dict):
            self.add(place, "must be a table")
            return {}
        faults = {
            key: fields[key].problem(value) if key in fields else unknown(key, fields)
            for key, value in given.items()
        }
        for key, fault in faults.items():
            if fault:
                self.add(place / key, fault)
        misspelt = {closest(key, fields) for key in given if key not in fields}
        for key, field in fields.items():
            if field.default is REQUIRED and key not in {*given, *misspelt}:
                self.add(place, missing(key, field))
        sound = {
            key: field
            for key, field in fields.items()
            if (
                not faults[key]
                if key in given
                else field.default is not REQUIRED and key not in misspelt
            )
        }
        return complete(sound, given)


def _numbered(file: Path, line: int) -> str:
    return f"{file}:{line}" if line else str(file)


def _line(keys: Keys, lines: Mapping[Keys, int]) -> int:
    """Return the line of a key, or of the table that lacks it; 0 for the file."""
    for end in range(len(keys), 0, -1):
        if keys[:end] in lines:
            return lines[keys[:end]]
    return 0


def must_quote(table: str, name: str) -> str:
    """Return the fault of a name with a dot that stands without quotes."""
    return (
        f"a dot outside quotes starts a table inside the table; if '{name}' is the "
        f'name, write [{table}."{name}"]'
    )
