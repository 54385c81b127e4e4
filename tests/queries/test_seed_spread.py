"""How much seeds change, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

AXES = {"encoder": 0, "dataset": 1, "reducer": 2, "clusterer": 3}


@EXAMPLES
@given(tensor=tensors(("ami",)))
@pytest.mark.parametrize("axis", AXES)
def test_spread_equals_numpy(in_memory: Rows, tensor: Tensor, axis: str) -> None:
    """Variances within recipes are pooled; a recipe with one seed says nothing."""
    rows = by(in_memory.put(tensor)("seed_spread", by=axis), "subject")
    names = {
        "encoder": [name for name, *_ in tensor.encoders()],
        "dataset": [name for name, _ in tensor.datasets()],
        "reducer": tensor.reducers(),
        "clusterer": tensor.clusterers(),
    }[axis]
    ami = np.moveaxis(tensor.scores["ami"], AXES[axis], 0)
    assert rows.keys() == {(name,) for name in names}
    recipes_of = ami.reshape(len(names), -1, ami.shape[-1])
    for name, values in zip(names, recipes_of, strict=True):
        recipes = [row[~np.isnan(row)] for row in values]
        repeated = [row for row in recipes if row.size > 1]
        row = rows[name,]
        assert (row["n_recipes"], row["n_recipes_total"]) == (
            len(repeated),
            len(recipes),
        )
        assert row["n_seeds"] == sum(map(len, repeated))
        if not repeated:
            for column in ("sd_ami", "mean_range", "max_range", "share_of_variance"):
                assert row[column] is None
            continue
        squares = sum(((seeds - seeds.mean()) ** 2).sum() for seeds in repeated)
        variance = squares / sum(seeds.size - 1 for seeds in repeated)
        assert row["sd_ami"] == approx(np.sqrt(variance))
        ranges = [np.ptp(seeds) for seeds in repeated]
        assert row["mean_range"] == approx(np.mean(ranges))
        assert row["max_range"] == approx(np.max(ranges))
        total = np.concatenate(repeated).var(ddof=1)
        share = variance / total if np.ptp(np.concatenate(repeated)) else None
        assert row["share_of_variance"] == approx(share)
