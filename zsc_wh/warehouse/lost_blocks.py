"""Say what keeps a comparison from having an answer, and how to ask for one.

A comparison counts a block only where all that are compared have a score, so a single
encoder without a result empties it. The command ``query`` and the report show what
`why_empty` says.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from zsc_wh.sqlfiles import queries
from zsc_wh.warehouse.params import bind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.warehouse.handle import Warehouse


class Mask(NamedTuple):
    """What must be complete in a block of a query, and its count of complete blocks."""

    axis: str
    counted: str


MASKS: Mapping[str, Mask] = {
    "clusterer_ranks": Mask("clusterer", "n_blocks"),
    "encoder_ranks": Mask("encoder", "n_blocks"),
    "clusterer_differences": Mask("clusterer", "n_blocks"),
    "encoder_differences": Mask("encoder", "n_blocks"),
    "delta_ami": Mask("encoder", "n_pairs"),
    "ami_table": Mask("encoder", "n_clusterings"),
}
"""Queries that compare complete blocks alone."""


def why_empty(
    warehouse: Warehouse,
    name: str,
    params: Mapping[str, object],
    rows: Sequence[Mapping[str, Any]],
) -> str | None:
    """Return a sentence for an answer in which no block is complete.

    Parameters
    ----------
    warehouse : Warehouse
        The warehouse that was asked.
    name : str
        Name of the query.
    params : mapping
        What it was asked with; as `Warehouse.run_query`.
    rows : sequence of mapping
        Its answer.

    Returns
    -------
    str or None
        Who blocks it, and the parameters that leave them out; of several comparisons
        the first that is blocked. ``None`` for another query, or where each has a
        complete block.
    """
    mask = MASKS.get(name)
    if mask is None:
        return None
    empty = [
        rows for rows in _comparisons(rows) if not any(r[mask.counted] for r in rows)
    ]
    if not empty:
        return None
    overall = [row for row in empty[0] if row.get("is_overall", True)]
    baseline = overall[0].get("baseline")
    compared = {str(row[mask.axis]) for row in overall}
    if baseline is not None:
        compared.add(baseline)
    asked = _shared_params(name, params) | {
        "axis": mask.axis,
        f"{mask.axis}s": sorted(compared),
    }
    if mask.axis == "encoder":  # they are named, the baseline among them
        asked |= {"families": None, "backbone": None, "fine_tuned": "with"}
    answer = warehouse.run_query("lost_blocks", asked)
    members = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if not any(member["n_lost"] for member in members):
        return None
    others = {str(row[mask.axis]) for row in rows if row not in empty[0]}
    for place, member in enumerate(members[:-2], 1):
        if member["n_left"]:
            return _sentence(mask, members[:place], members[place:], others, baseline)
    return (
        f"no two {mask.axis}s have scores in one block; "
        f"`zscwh query lost_blocks -p axis={mask.axis}` shows what each lacks"
    )


def _comparisons(rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the rows that are compared by the same blocks, together."""
    found: dict[object, list[Mapping[str, Any]]] = {}
    for row in rows:
        mask: list[object] = [row.get("baseline"), row.get("chosen_as")]
        if "baseline" in row and row["n_encoders"] == 2:
            mask.append(row["encoder"])
        found.setdefault(tuple(mask), []).append(row)
    return list(found.values())


def _shared_params(name: str, params: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters that the query ``lost_blocks`` shares with another."""
    known = queries()
    shared = {param.name for param in known["lost_blocks"].params}
    given = bind(known[name], params)
    return {key: value for key, value in given.items() if key in shared}


def _sentence(
    mask: Mask,
    blocking: Sequence[Mapping[str, Any]],
    rest: Sequence[Mapping[str, Any]],
    others: set[str],
    baseline: str | None,
) -> str:
    noun = mask.counted.removeprefix("n_")
    said = ", ".join(_lack(member, noun) for member in blocking)
    names = sorted(others | {member["member"] for member in rest})
    options = []
    if baseline in {member["member"] for member in blocking}:
        best = min(rest, key=lambda member: (member["n_lost"], member["member"]))
        options.append(f"baseline={best['member']}")
    options.append(f"{mask.axis}s={_list(names)}")
    asked = " ".join(f"-p {shlex.quote(option)}" for option in options)
    verb = "leaves it out" if len(blocking) == 1 else "leaves them out"
    return f"{said}; `{asked}` {verb}"


def _lack(member: Mapping[str, Any], noun: str) -> str:
    name, lost, total = (member[key] for key in ("member", "n_lost", "n_blocks_total"))
    if lost == total:
        return f"{name} has no result: {lost} {noun} lost"
    return f"{name} lacks {lost} of {total} {noun}"


def _list(names: Sequence[str]) -> str:
    """Write a list as the command line reads it."""
    text = ",".join(names)
    plain = [name.strip() for name in text.split(",")]
    return text if plain == list(names) and text[:1] != "[" else json.dumps(names)
