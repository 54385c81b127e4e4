"""How to make a cell again: the grid that wants it, and the commands."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsc_wh.declare import read_catalog, shipped_grids
from zsc_wh.records import CELL_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zsc_wh.results.lookup import DeclaredIn
    from zsc_wh.warehouse import Warehouse


class Fact(NamedTuple):
    """One thing that is known of a cell: which part of it, what, and the value."""

    part: str
    name: str
    value: str


class Call(NamedTuple):
    """What a grid calls a cell.

    Parameters
    ----------
    grid : str
        Label of the grid.
    title : str
        ENCODER/DATASET/REDUCER/CLUSTERER, and the level that judges it.
    names : tuple of str
        The names, in the order of `CELL_NAMES`.
    labels : tuple of str
        What the warehouse calls what the names meant there: with a version where they
        mean something else now.
    is_stored : bool
        Whether the encoder stands for stored features.
    """

    grid: str
    title: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    is_stored: bool


def calls(warehouse: Warehouse, cell_key: str) -> list[Call]:
    """Return what each grid calls a cell; one can have several names for it."""
    rows = warehouse.read(_CALLS, {"cell_key": cell_key}).rows
    return [
        Call(grid, title, tuple(names), tuple(labels), is_stored)
        for grid, title, names, labels, is_stored in rows
    ]


def declaration(
    grids: Sequence[DeclaredIn], called: Sequence[Call], labels: Sequence[str]
) -> tuple[DeclaredIn, Call] | None:
    """Return the grid that makes a cell under some names, and what it calls it.

    Parameters
    ----------
    grids : sequence of DeclaredIn
        Grids that declare the cell, the best first.
    called : sequence of Call
        What they call it.
    labels : sequence of str
        The names, in the order of `CELL_NAMES`; a grid that has others is better than
        none.
    """
    found = [
        (tuple(labels) != call.labels, position, grid, call)
        for position, grid in enumerate(grids)
        for call in called
        if call.grid == grid.label
    ]
    best = min(found, key=lambda each: each[:2], default=None)
    return best[2:] if best is not None else None


def ways(
    warehouse: Warehouse,
    cell_key: str,
    chosen: tuple[DeclaredIn, Call] | None,
    facts: Sequence[Fact],
) -> Iterator[Fact]:
    """Yield the commands that make a cell again, and what they need.

    Parameters
    ----------
    warehouse, cell_key
        The cell.
    chosen : (DeclaredIn, Call) or None
        The grid that makes it, and what it calls it.
    facts : sequence of Fact
        What is known of the cell.
    """
    values = {(fact.part, fact.name): fact.value for fact in facts}
    if file := values.get(("run", "tracked_in")):
        said = f"it was computed elsewhere, and imported from {file}"
        yield Fact("again", "run", said)
        return
    if chosen is None:
        return
    grid, call = chosen
    shipped = shipped_grids().get(grid.name)
    is_shipped = shipped is not None and shipped.read_text("utf-8") == grid.toml
    file = grid.name if is_shipped else _file(grid)
    zscwh = shlex.join(["zscwh", "--warehouse", str(warehouse.path)])
    commands = [f"{zscwh} ingest {shlex.quote(file)} --cell {cell_key}"]
    if ("run", "key") in values:
        commands.insert(0, f"{zscwh} forget --cell {cell_key} --yes")
    if not grid.is_newest:
        said = (
            f"by {grid.label}, and not under these names by a grid as it is now; to "
            f"ingest that file makes it the declaration of '{grid.name}' again"
        )
        yield Fact("again", "declared", said)
    for name, said in _changed(grid, call):
        yield Fact("again", name, said)
    if not is_shipped:
        cell = cell_key
        if not grid.is_newest:
            # the key alone stands for the names that hold now
            cell = shlex.quote("/".join((*call.labels, values["cell", "seed"])))
        export = f"{zscwh} explain {cell} --grid {shlex.quote(file)}"
        yield Fact("again", "grid file", export)
    if lacking := _lacking(grid, call):
        said = "neither in the grid file nor shipped; add --catalog FILE to the ingest"
        yield Fact("again", "catalog", f"{', '.join(lacking)}: {said}")
    yield Fact("again", "run", " && ".join(commands))


def _file(grid: DeclaredIn) -> str:
    """Return a name for the file: that of an older one does not take the newest's."""
    if grid.is_newest:
        return grid.source
    path = Path(grid.source)
    return f"{path.stem}{grid.label.removeprefix(grid.name)}{path.suffix}"


def _changed(grid: DeclaredIn, call: Call) -> Iterator[tuple[str, str]]:
    """Yield what has to be as it was, where the grid file alone does not bring it."""
    own = tomllib.loads(grid.toml)
    for kind, name, label in zip(CELL_NAMES, call.names, call.labels, strict=True):
        if name == label:
            continue
        has_content = kind == "dataset" or (kind == "encoder" and call.is_stored)
        if has_content:
            said = f"has changed since; put back what {label} was made of"
            yield kind, f"'{name}' {said}"
        elif name not in own.get(kind, ()):
            said = f"is declared otherwise since; declare it as {label} was"
            yield kind, f"'{name}' {said}"


def _lacking(grid: DeclaredIn, call: Call) -> list[str]:
    """Return what the grid took for the cell from a catalog of the user."""
    own, shipped = tomllib.loads(grid.toml), read_catalog()
    named = [*zip(CELL_NAMES, call.names, strict=True)]
    for study in own.get("study", ()):
        recipes = study["recipes"]
        recipes = [recipes] if isinstance(recipes, str) else recipes
        named += [("recipe", name) for name in recipes if not name.startswith("@")]
    return [
        f"{kind} '{name}'"
        for kind, name in dict.fromkeys(named)
        if name not in {*own.get(kind, ()), *shipped.of(kind)}
    ]


_CALLS = """
select
    cells.grid,
    concat_ws(
        ' at ',
        concat_ws('/', cells.encoder, cells.dataset, cells.reducer, cells.clusterer),
        cells.level
    ) as title,
    [cells.encoder, cells.dataset, cells.reducer, cells.clusterer],
    [e.label, d.label, r.label, c.label],
    e.dataset is not null
from named_cell as cells
inner join name_version as e
    on
        e.kind = 'encoder'
        and cells.encoder = e.name
        and cells.encoder_meaning = e.meaning
inner join name_version as d
    on
        d.kind = 'dataset'
        and cells.dataset = d.name
        and cells.dataset_meaning = d.meaning
inner join name_version as r
    on
        r.kind = 'reducer'
        and cells.reducer = r.name
        and cells.reducer_meaning = r.meaning
inner join name_version as c
    on
        c.kind = 'clusterer'
        and cells.clusterer = c.name
        and cells.clusterer_meaning = c.meaning
where cells.cell_key = $cell_key and cells.grid is not null
order by cells.grid, title
"""
