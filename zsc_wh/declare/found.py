"""Names of a catalog while its files are read: the sound entries and the faulty ones.

A name whose entry has a fault is known all the same: that something refers to it is no
second fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zsc_wh.declare.entries import KINDS
from zsc_wh.fields import nearest


@dataclass(frozen=True)
class Found:
    """Entries by kind and name.

    Parameters
    ----------
    sound : mapping of str to dict
        Entries by name, for each kind.
    faulty : mapping of str to dict
        The tags of each entry with a fault by its name, for each kind.
    """

    sound: Mapping[str, dict[str, Any]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    faulty: Mapping[str, dict[str, frozenset[str]]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )

    def note_fault(self, kind: str, name: str, given: object) -> None:
        """Remember that an entry has a fault; `given` is what stands for its table."""
        tags = given.get("tags") if isinstance(given, Mapping) else None
        known = tags if isinstance(tags, list) else []
        self.faulty[kind][name] = frozenset(t for t in known if isinstance(t, str))

    def drop(self, kind: str, name: str) -> None:
        """Count a sound entry among the faulty ones."""
        self.faulty[kind][name] = frozenset(self.sound[kind].pop(name).tags)

    def missing(self, kind: str, name: str) -> str | None:
        """Say that nothing has a name; None where something has, sound or faulty."""
        if name in self.sound[kind] or name in self.faulty[kind]:
            return None
        return f"no {kind} '{name}'{nearest(name, self.sound[kind])}"
