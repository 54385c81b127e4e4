"""Reducers against no reduction, against numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given

from tests.analyses.oracle import interval
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray


def differences(tensor: Tensor) -> NDArray[np.float64]:
    """Return umap-50 less none, in pp, as (encoder, dataset, clusterer)."""
    ami = tensor.medians()
    return 100 * (ami[:, :, 1] - ami[:, :, 0])


@EXAMPLES
@given(tensor=tensors(("ami",)))
@pytest.mark.parametrize("per_clusterer", [False, True])
def test_pairs_are_of_one_embedding_and_clusterer(
    in_memory: Rows, tensor: Tensor, per_clusterer: bool
) -> None:
    """Mean, spread and interval over pairs that both have; a study has no pairs."""
    ask = in_memory.put(tensor)
    rows = by(ask("reducer_effects", per_clusterer=per_clusterer), "clusterer")
    if tensor.shape[2] == 1:
        assert rows == {}
        return
    pairs = differences(tensor)
    names = tensor.clusterers()
    places: dict[str | None, list[int]] = {None: [*range(len(names))]}
    if per_clusterer:
        places = {name: [c] for c, name in enumerate(names)}
    assert {clusterer for (clusterer,) in rows} == {*places}
    for clusterer, place in places.items():
        values = pairs[:, :, place]
        known = values[~np.isnan(values)]
        row = rows[(clusterer,)]
        assert (row["reducer"], row["base_reducer"]) == ("umap-50", "none")
        assert row["delta_pp"] == approx(known.mean() if known.size else None)
        assert row["sd_pp"] == approx(known.std() if known.size else None)
        assert row["n_better"] == (known > 0).sum()
        assert (row["n_pairs"], row["n_pairs_total"]) == (known.size, values.size)
        parts = {
            name: part[~np.isnan(part)]
            for d, (name, _) in enumerate(tensor.datasets())
            if (part := values[:, d]).size and not np.isnan(part).all()
        }
        assert row["n_datasets"] == len(parts)
        expected = interval(parts) if len(parts) > 1 else (None, None)
        assert (row["low"], row["high"]) == (approx(expected[0]), approx(expected[1]))


@EXAMPLES
@given(tensor=tensors(("ami",)))
def test_another_baseline_turns_the_sign(in_memory: Rows, tensor: Tensor) -> None:
    """Against umap-50, none has the same pairs; a filter keeps the baseline."""
    ask = in_memory.put(tensor)
    rows = ask("reducer_effects", base_reducer="umap-50", reducers=["none"])
    usual = ask("reducer_effects", reducers=["umap-50"])
    assert [row["delta_pp"] for row in rows] == [
        approx(None if row["delta_pp"] is None else -row["delta_pp"]) for row in usual
    ]
