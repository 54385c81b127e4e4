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
    "delta_ami": Mask("encoder", "n_pairs"),
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
        Who blocks it, and the parameters that leave them out; ``None`` for another
        query, or where a block is complete.
    """
    mask = MASKS.get(name)
    if mask is None or not rows or any(row[mask.counted] for row in rows):
        return None
    overall = [row for row in rows if row.get("is_overall", True)]
    compared = {str(row[mask.axis]) for row in overall}
    baseline = overall[0].get("baseline")
    if baseline is not None:
        compared.add(baseline)
    asked = _shared_params(name, params) | {
        "axis": mask.axis,
        f"{mask.axis}s": sorted(compared),
    }
    if mask.axis == "encoder":  # they are named, the baseline among them
        asked.pop("backbone", None)
    answer = warehouse.run_query("lost_blocks", asked)
    members = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if not any(member["n_lost"] for member in members):
        return None
    for place, member in enumerate(members[:-2], 1):
        if member["n_left"]:
            return _sentence(mask, members[:place], members[place:], baseline)
    return (
        f"no two {mask.axis}s have scores in one block; "
        f"`zscwh query lost_blocks -p axis={mask.axis}` shows what each lacks"
    )


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
    baseline: str | None,
) -> str:
    noun = mask.counted.removeprefix("n_")
    said = ", ".join(_lack(member, noun) for member in blocking)
    names = sorted(member["member"] for member in rest)
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
