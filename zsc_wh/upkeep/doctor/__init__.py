"""Look at this machine, its packages and the files of a warehouse; change nothing.

Every finding is looked up when it is asked for, and says what was seen, not what ought
to be. Nothing is written and nothing comes from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.upkeep.doctor import files, inputs, machine, packages
from zsc_wh.upkeep.doctor.finding import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zsc_wh.declare import Catalog

__all__ = ["Finding", "State", "findings"]


def findings(warehouse: Path, catalog: Catalog) -> Iterator[Finding]:
    """Yield everything that was found out.

    Parameters
    ----------
    warehouse : Path
        The warehouse file, which need not exist.
    catalog : Catalog
        Whose datasets and weights are looked for.
    """
    yield from packages.look()
    yield from machine.look()
    yield from files.look(warehouse)
    yield from inputs.look(catalog)
