from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.devices import DEVICES
from zsc_wh.metrics import internal_scores, sums
from zsc_wh.scores import SAMPLED_SILHOUETTES, SILHOUETTES
from zsc_wh.spaces.distances import Features
from zsc_wh.spaces.tiles import tiles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS = [*SILHOUETTES, *SAMPLED_SILHOUETTES]


def groups(offset: float, spread: float) -> NDArray[np.float64]:
    """Return tight groups with copies and a row of zeros among them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 7)).repeat(6, axis=0)
    X += spread * rng.normal(size=X.shape)
    X[1] = X[0]
    X += offset
    X[100] = 0.0
    return X


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("distance", SILHOUETTES.values())
@pytest.mark.parametrize(("offset", "spread"), [(0.0, 1.0), (0.0, 1e-9), (1e6, 1.0)])
def test_a_device_measures_what_the_processor_does(
    device: str, distance: str, offset: float, spread: float
) -> None:
    """Each distance within 2e-9; that of a copy is exactly 0."""
    X = groups(offset, spread)
    features = Features.of(X)
    assert features is not None
    index = np.arange(len(X))[::-1].copy()
    found: list[NDArray[np.float64]] = []
    for where in (None, device):
        tiles: Any = tiles_of(X, features, distance, where)
        tiles.make_room(len(X), len(X))
        rows, columns = tiles.rows(index), tiles.columns(index)
        products = tiles.products(rows, columns)
        tile = tiles.distances(rows, columns, products, same=True)
        found.append(np.array(tiles.fetched(tile)))
    ours, theirs = found
    np.testing.assert_allclose(theirs, ours, rtol=2e-9, atol=0)
    assert theirs.diagonal().max() == 0.0


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("metric", METRICS)
def test_scores_of_a_device_are_those_of_the_processor(
    monkeypatch: pytest.MonkeyPatch, device: str, metric: str
) -> None:
    """Within 1e-9, over several tiles, groups and panels; noise left out or not."""
    monkeypatch.setattr(sums, "SIDE", 40)
    monkeypatch.setattr(sums, "_GROUP", 2)
    monkeypatch.setattr("zsc_wh.metrics.unsupervised.SAMPLED", 90)
    rng = np.random.default_rng(1)
    X = groups(0.0, 0.1)
    labelings = [
        np.arange(180) // 6,
        rng.integers(-1, 9, 180),
        np.where(rng.random(180) < 0.8, -1, rng.integers(0, 4, 180)),
    ]
    for memory_bytes in (1 << 29, 60_000):
        ours, theirs = (
            internal_scores(
                X, labelings, [metric], memory_bytes=memory_bytes, device=where
            )
            for where in (None, device)
        )
        values = [[scores[metric].value for scores in each] for each in (ours, theirs)]
        assert values[1] == pytest.approx(values[0], rel=0, abs=1e-9)
