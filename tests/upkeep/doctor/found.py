"""Pick a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zsc_wh.upkeep.doctor import Finding


def the_one(findings: Iterable[Finding], what: str) -> Finding:
    """Return the only finding about `what`, which can be the first of several."""
    (finding,) = [each for each in findings if each.what.split(", ")[0] == what]
    return finding
