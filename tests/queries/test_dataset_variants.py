"""Variants of a dataset side by side, and their gap (A6), against numpy."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors


@EXAMPLES
@given(tensor=tensors(("ami",)))
def test_columns_and_gap_have_masks_of_their_own(
    in_memory: Rows, tensor: Tensor
) -> None:
    """The gap is taken in each clustering, masked by itself, and then averaged."""
    given = {"variants": ["cars", "air"], "gap_of": "cars", "gap_to": "air"}
    rows = by(in_memory.put(tensor)("dataset_variants", **given), "place", "encoder")
    kept = [
        place
        for place, (_, family, *_) in enumerate(tensor.encoders())
        if family not in ("none", "random")
    ]
    ami = tensor.medians()[kept]
    columns = {2: ami[:, 0]}
    if tensor.shape[1] > 1:
        columns |= {1: ami[:, 1], 3: ami[:, 1] - ami[:, 0]}
    assert {place for place, _ in rows} == columns.keys()
    assert {row["n_encoders"] for row in rows.values()} == {len(kept)}
    for place, values in columns.items():
        flat = values.reshape(len(kept), -1)
        complete = flat[:, ~np.isnan(flat).any(axis=0)]
        for index, encoder in enumerate(kept):
            row = rows[place, tensor.encoders()[encoder][0]]
            assert (row["variant"], row["is_gap"]) == (
                {1: "cars", 2: "air", 3: "gap"}[place],
                place == 3,
            )
            mean = complete[index].mean() if complete.size else None
            assert row["ami"] == approx(mean)
            counts = (row["n_clusterings"], row["n_clusterings_total"])
            assert counts == (complete.shape[1], flat.shape[1])


def test_pixels_and_untrained_encoders_can_take_part(in_memory: Rows) -> None:
    """The study leaves them out, which is the default."""
    ask = in_memory.put(Tensor({"ami": np.full((7, 2, 1, 1, 1), 0.5)}))
    given = {"variants": ["air", "cars"], "gap_of": "air", "gap_to": "cars"}
    for with_random, left_out in ((False, {"rand", "pixels"}), (True, set())):
        rows = ask("dataset_variants", with_random=with_random, **given)
        shown = {row["encoder"] for row in rows}
        assert {"net", "rand", "pixels"} - shown == left_out
