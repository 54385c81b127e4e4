"""Read the scores of a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import Score
from zsc_wh.declare.tables import COMMON, common
from zsc_wh.fields import Field, nearest
from zsc_wh.scores import EXTERNAL, INTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.declare.found import Found
    from zsc_wh.declare.place import Place
    from zsc_wh.declare.problems import Problems

SCORE: Mapping[str, Field] = {
    "metric": Field(
        str,
        doc="name of the metric; "
        f"against labels: {', '.join(EXTERNAL)}; else: {', '.join(INTERNAL)}",
    ),
    "space": Field(
        str,
        default="labels",
        choices=("labels", "reduced", "original", "umap"),
        doc="what clusters are compared with: labels, or distances in the reduced, "
        "original (embedding) or UMAP space",
    ),
    "subset": Field(
        str,
        default="all",
        choices=("all", "clustered"),
        doc="all: noise is one more cluster; clustered: without noise",
    ),
    "reducer": Field(
        str, default=None, doc="name of the reducer that makes the umap space"
    ),
}


def read_score(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> Score | None:
    """Read ``[score.NAME]``; None when a fault was noted."""
    before = len(problems)
    values = problems.read(place, given, {**SCORE, **COMMON})
    metric, space = values.get("metric"), values.get("space")
    known = EXTERNAL if space == "labels" else INTERNAL
    if metric is not None and space is not None and metric not in known:
        hint = nearest(metric, known) or f"; known: {', '.join(known)}"
        problems.add(
            place / "metric", f"no metric '{metric}' in the space {space}{hint}"
        )
    is_whole = {"space", "reducer"} <= values.keys()
    if is_whole and (space == "umap") != (values["reducer"] is not None):
        problems.add(place / "reducer", "goes with the space umap, and only with it")
    if len(problems) > before:
        return None
    return Score(**common(place, values), **{key: values[key] for key in SCORE})


def reducer_faults(
    place: Place, given: Mapping[str, Any], found: Found
) -> Iterator[tuple[Place, str | None]]:
    """Yield where a reducer is named that no sound entry declares, and the fault.

    The fault is None where that entry has one of its own, which was noted.
    """
    reducer = given.get("reducer")
    if isinstance(reducer, str) and reducer not in found.sound["reducer"]:
        yield place / "reducer", found.missing("reducer", reducer)
