"""Explain a cell: from its numbers to inputs, versions and the way to repeat it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from zsc_wh.records import CELL_NAMES
from zsc_wh.results import known
from zsc_wh.results.lookup import declaring_grids
from zsc_wh.results.repeating import Fact, calls, declaration, ways
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.results.lookup import DeclaredIn
    from zsc_wh.warehouse import Rows, Warehouse


def explain(warehouse: Warehouse, cell_key: str, asked: str = "") -> list[Fact]:
    """Return all that the warehouse knows of a cell; what it does not know is left out.

    Parameters
    ----------
    warehouse : Warehouse
        Where it is declared.
    cell_key : str
        The whole key.
    asked : str, optional
        ENCODER/DATASET/REDUCER/CLUSTERER that it was asked for by, with /SEED or not.
        Of several names these are explained; otherwise those that hold now, at the
        target level.

    Returns
    -------
    list of Fact
        In reading order: the cell, its other names, its scores, its inputs, how and
        where it was made, the grids that declare it, its other runs, and the commands
        that make it again.
    """
    names = warehouse.read(known.NAMES, {"cell_key": cell_key, "asked": asked})
    facts = [*_wide(names), *_other_names(names)]
    facts += _wide(warehouse.read(known.CELL, {"cell_key": cell_key}))
    parts = warehouse.read(known.PARTS, {"cell_key": cell_key}).rows
    facts += [Fact("embedding part", name, said) for name, said in parts]
    grids, called = declaring_grids(warehouse, cell_key), calls(warehouse, cell_key)
    facts += _scores(warehouse, cell_key, facts)
    facts += _arrays(warehouse, facts)
    facts += [
        Fact("grid", grid.label, f"{grid.source}: {call.title}")
        for grid in grids
        for call in called
        if call.grid == grid.label
    ]
    facts += _other_runs(warehouse, cell_key)
    chosen = declaration(grids, called, _labels(names))
    facts += ways(warehouse, cell_key, chosen, facts)
    return sorted(facts, key=lambda fact: _PARTS.index(fact.part.split()[0]))


def declared_by(
    warehouse: Warehouse, cell_key: str, asked: str = ""
) -> DeclaredIn | None:
    """Return the grid that makes a cell under the names that `explain` explains."""
    names = warehouse.read(known.NAMES, {"cell_key": cell_key, "asked": asked})
    grids, called = declaring_grids(warehouse, cell_key), calls(warehouse, cell_key)
    chosen = declaration(grids, called, _labels(names))
    return chosen[0] if chosen is not None else None


def _labels(names: Rows) -> list[str]:
    """Return the names that are explained, in the order of `CELL_NAMES`."""
    places = [names.columns.index(f"cell.{kind}") for kind in CELL_NAMES]
    return [row[place] for row in names.rows[:1] for place in places]


def _wide(rows: Rows) -> list[Fact]:
    """Return the first row, one fact a column; a cell in no grid has no names."""
    facts = []
    for column, value in zip(rows.columns, next(iter(rows.rows), ()), strict=False):
        part, _, name = column.partition(".")
        if name == "versions" and value is not None:
            made = json.loads(value)
            facts += [Fact(f"{part} versions", k, v) for k, v in sorted(made.items())]
        elif name and value is not None:
            facts.append(Fact(part, name, _text(value)))
    return facts


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _other_names(names: Rows) -> Iterator[Fact]:
    title, wanted = (names.columns.index(name) for name in ("title", "cell.wanted"))
    for row in names.rows[1:]:
        yield Fact("also", "names", f"{row[title]}, wanted {row[wanted]}")


def _scores(warehouse: Warehouse, cell_key: str, facts: list[Fact]) -> Iterator[Fact]:
    """Yield the scores; those against other labels name whose labels these are."""
    values = {(fact.part, fact.name): fact.value for fact in facts}
    labelling = values.get(("labels", "labelling"))
    rows = warehouse.read(
        known.SCORES, {"cell_key": cell_key, "labelling_key": labelling}
    )
    for *name, value, reason, n_runs in rows.rows:
        said = f"undefined: {reason}" if value is None else str(value)
        if n_runs > 1:
            said += f", the median of {n_runs} runs"
        yield Fact("score", "/".join(filter(None, name)), said)


def _arrays(warehouse: Warehouse, facts: list[Fact]) -> Iterator[Fact]:
    """Say whether the arrays are in the store, by what is noted of them there."""
    store = Store(warehouse.store_path)
    values = {(fact.part, fact.name): fact.value for fact in facts}
    for part in ("embedding", "reduction"):
        if (part, "sha256") not in values:
            continue
        note = store.note(values[part, "key"])
        if note is None:
            state = "not in the store; it is made again when it is needed"
        elif note.sha256 == values[part, "sha256"]:
            state = "in the store"
        else:
            state = f"made again since, with sha256 {note.sha256}"
        yield Fact(part, "array", state)


def _other_runs(warehouse: Warehouse, cell_key: str) -> Iterator[Fact]:
    for started_at, said in warehouse.read(known.RUNS, {"cell_key": cell_key}).rows:
        yield Fact("other run", started_at.isoformat(timespec="seconds"), said)


_PARTS = (
    "cell",
    "also",
    "score",
    "dataset",
    "labels",
    "encoder",
    "embedding",
    "reducer",
    "reduction",
    "clusterer",
    "run",
    "grid",
    "other",
    "again",
)
"""First words of the parts, in reading order."""
