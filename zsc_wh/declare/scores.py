"""Read the scores of a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import Score
from zsc_wh.declare.tables import COMMON, common
from zsc_wh.fields import Field, complete, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zsc_wh.declare.found import Found
    from zsc_wh.declare.problems import Problems

SCORE: Mapping[str, Field] = {
    "metric": Field(str, doc="such as ami"),
    "space": Field(
        str,
        default="labels",
        choices=("labels", "reduced", "original", "umap"),
    ),
    "subset": Field(str, default="all", choices=("all", "clustered")),
    "reducer": Field(str, default=None, doc="the reducer of the umap space"),
}

EXTERNAL = (
    "ami",
    "ami_true",
    "nmi",
    "ari",
    "fowlkes_mallows",
    "homogeneity",
    "completeness",
)
"""Metrics against labels; the numerics hold their definitions."""

INTERNAL = ("silhouette", "calinski_harabasz", "davies_bouldin")
"""Metrics of the clusters alone; the numerics hold their definitions."""


def read_score(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Score | None:
    """Read ``[score.NAME]``; None when a fault was noted."""
    place = f"score.{name}"
    fields = {**SCORE, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    values = complete(fields, given)
    known = EXTERNAL if values["space"] == "labels" else INTERNAL
    if values["metric"] not in known:
        hint = nearest(values["metric"], known) or f"; known: {', '.join(known)}"
        problems.add(
            file,
            f"{place}.metric",
            f"no metric '{values['metric']}' in the space {values['space']}{hint}",
        )
        return None
    if (values["space"] == "umap") != (values["reducer"] is not None):
        problems.add(
            file, f"{place}.reducer", "goes with the space umap, and only with it"
        )
        return None
    wanted = {key: values[key] for key in SCORE}
    return Score(**common(file, name, values), **wanted)


def score_faults(score: Score, found: Found) -> Iterator[tuple[str, str | None]]:
    """Yield (key, fault) for each name in a score that no sound entry has.

    The fault is None where that entry has one of its own, which was noted.
    """
    if score.reducer is not None and score.reducer not in found.sound["reducer"]:
        yield "reducer", found.missing("reducer", score.reducer)
