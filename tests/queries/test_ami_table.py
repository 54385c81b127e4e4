"""The main table of the study (A5) against numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given

from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

RIVALS = ("supervised", "ssl", "random")


def flags(
    column: NDArray[np.float64], tensor: Tensor, tolerance: float
) -> list[tuple[bool | None, bool | None, bool | None]]:
    """Return best, second best and best of its backbone for one column."""

    def tops(places: list[int]) -> set[int]:
        scored = [place for place in places if not np.isnan(column[place])]
        best = max((column[place] for place in scored), default=np.nan)
        return {p for p in scored if round(best - column[p], 12) <= tolerance}

    everyone = list(range(len(column)))
    best = tops(everyone)
    second = tops([place for place in everyone if place not in best])
    of_backbone: set[int] = set()
    for backbone in ("rn50", "vit"):
        group = [
            place
            for place, (_, family, own, _) in enumerate(tensor.encoders())
            if own == backbone and family in RIVALS and not np.isnan(column[place])
        ]
        of_backbone |= tops(group) if len(group) > 1 else set()
    return [
        (None, None, None)
        if np.isnan(column[place])
        else (place in best, place in second, place in of_backbone)
        for place in everyone
    ]


def check(
    rows: dict[tuple[object, ...], dict[str, object]],
    place: tuple[object, ...],
    column: NDArray[np.float64],
    tensor: Tensor,
) -> None:
    """Compare values and flags of one column with those of the answer."""
    wanted = flags(column, tensor, 0.005)
    for value, said, (encoder, *_) in zip(
        column, wanted, tensor.encoders(), strict=True
    ):
        row = rows[(*place, encoder)]
        assert row["ami"] == approx(value)
        names = ("is_best", "is_second", "is_best_of_backbone")
        assert tuple(row[name] for name in names) == said


@EXAMPLES
@given(tensor=tensors(("ami",)))
def test_means_and_flags_equal_numpy(in_memory: Rows, tensor: Tensor) -> None:
    """Pairs count for all encoders or none; datasets in the mean likewise."""
    rows = by(in_memory.put(tensor)("ami_table"), "dataset", "encoder")
    ami = tensor.medians()
    complete: NDArray[np.bool_] = np.logical_not(np.isnan(ami).any(axis=0))
    columns = np.full(ami.shape[:2], np.nan)
    for d, (dataset, _) in enumerate(tensor.datasets()):
        kept = complete[d]
        if kept.any():
            columns[:, d] = ami[:, d][:, kept].mean(axis=1)
        check(rows, (dataset,), columns[:, d], tensor)
        for encoder, *_ in tensor.encoders():
            row = rows[dataset, encoder]
            counts = (row["n_clusterings"], row["n_clusterings_total"])
            assert counts == (kept.sum(), kept.size)
    scored = ~np.isnan(columns[0])
    means = columns[:, scored].mean(axis=1) if scored.any() else columns[:, 0] * np.nan
    check(rows, (None,), means, tensor)
    row = rows[None, ENCODER]
    assert (row["n_datasets"], row["n_datasets_total"]) == (scored.sum(), scored.size)
    assert row["n_encoders"] == tensor.shape[0]


ENCODER = "net"
"""The encoder that every tensor has."""


@EXAMPLES
@given(tensor=tensors(("ami",)))
def test_without_the_average_nothing_is_masked(in_memory: Rows, tensor: Tensor) -> None:
    """Each clusterer has a column, in which a gap is a gap of one encoder."""
    answer = in_memory.put(tensor)("ami_table", average=False)
    rows = by(answer, "dataset", "clusterer", "reducer", "encoder")
    ami = tensor.medians()
    for d, r, c in np.ndindex(ami.shape[1:]):
        reducer = tensor.reducers()[r] if ami.shape[2] > 1 else None
        place = (tensor.datasets()[d][0], tensor.clusterers()[c], reducer)
        check(rows, place, ami[:, d, r, c], tensor)


def test_the_tolerance_is_that_of_the_study(in_memory: Rows) -> None:
    """Half a point is a tie; the second best is the best of the others."""
    ami = np.array([0.5, 0.495, 0.4949, 0.2]).reshape(4, 1, 1, 1, 1)
    ask = in_memory.put(Tensor({"ami": ami}))
    rows = by(ask("ami_table"), "dataset", "encoder")
    said = [
        (rows["air", name]["is_best"], rows["air", name]["is_second"])
        for name in ("net", "ssl", "tuned", "rand")
    ]
    assert said == [(True, False), (True, False), (False, True), (False, False)]


def test_the_mean_and_the_datasets_apart(in_memory: Rows) -> None:
    """Either can be had by itself, with the flags that it has beside the other."""
    ami = np.array([[0.5, 0.4], [0.3, 0.6]]).reshape(2, 2, 1, 1, 1)
    ask = in_memory.put(Tensor({"ami": ami}))
    rows = ask("ami_table")
    assert ask("ami_table", overall=True) == [r for r in rows if r["is_overall"]]
    assert ask("ami_table", overall=False) == [r for r in rows if not r["is_overall"]]
    assert len({row["is_overall"] for row in rows}) == 2
