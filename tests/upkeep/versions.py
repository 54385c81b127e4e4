"""Made-up warehouses where a name has two versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.queries.made import Cell, Made
    from zsc_wh.warehouse import Warehouse


def cell_of(made: Made, dataset: str = "d", seed: int = 1) -> Cell:
    """Declare the cell of a dataset, as it is meant now."""
    return made.cell("e", dataset, "none", "kmeans", seed)


def labelled(made: Made, second: str, day: int) -> Cell:
    """Declare the same images with these labels, and return a cell of them."""
    made.dataset("d", ["x", second, "y", "x"], content="images", day=day)
    return cell_of(made)


def relabelled(made: Made) -> Made:
    """Correct a label: one run with scores against the labels of both versions."""
    old = labelled(made, "y", 0)
    made.embedding("e", "d")
    run = made.run(old, {"ami": 0.4, "silhouette": 0.3}, labels=[0, 1, 1, 0])
    made.grid("mine", [old])
    new = labelled(made, "x", 1)
    assert old == new
    made.level_score(run, "class", 0.6)
    made.grid("mine", [new], day=1)
    return made


def replaced(made: Made) -> Made:
    """Replace images: two runs with a score each."""
    for day, ami in ((0, 0.4), (1, 0.6)):
        made.dataset("d", ["x", "y"], content=f"day {day}", day=day)
        made.embedding("e", "d")
        cell = cell_of(made)
        made.run(cell, {"ami": ami})
        made.grid("mine", [cell], day=day)
    return made


def amis(warehouse: Warehouse) -> dict[tuple[str | None, str], float | None]:
    """Return the AMI of every named cell, by grid and dataset."""
    rows = warehouse.read("select grid, dataset, ami from scored_cell").rows
    return {(grid, dataset): ami for grid, dataset, ami in rows}


def values(warehouse: Warehouse) -> list[float]:
    """Return all scores, ascending."""
    rows = warehouse.read("select value from score order by value").rows
    return [value for (value,) in rows]
