"""Cells under the names that grids give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsc_wh.datasets import Level
    from zsc_wh.declare import DeclaredCell
    from zsc_wh.work import Cell, Embedding


@dataclass(frozen=True)
class Wanted:
    """A cell under the names of one grid; several can share it.

    Parameters
    ----------
    declared : DeclaredCell
        The names.
    embedding : Embedding
        What they start from.
    cell : Cell
        What they mean.
    level : Level or None
        Labels that judge it; None without labels.
    """

    declared: DeclaredCell
    embedding: Embedding
    cell: Cell
    level: Level | None

    @property
    def names(self) -> tuple[str, str, str, str, str]:
        """Encoder, dataset, reducer, clusterer and level as the grid calls them."""
        declared = self.declared
        return (
            declared.encoder.name,
            declared.dataset.name,
            declared.reducer.name,
            declared.clusterer.name,
            self.level.name if self.level else "",
        )
