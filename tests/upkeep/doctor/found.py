"""Pick a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zsc_wh.upkeep.doctor import Finding


def the_one(findings: Iterable[Finding], what: str) -> Finding:
    """Return the only finding about `what`."""
    (finding,) = [finding for finding in findings if finding.what == what]
    return finding
