from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

import zsc_wh
from tests.queries.made import Made
from zsc_wh.errors import ConfigError, DataError, StoreError
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from zsc_wh.opened import OpenWarehouse
    from zsc_wh.warehouse import Warehouse

CELL = "e/d/umap/hdbscan"
LABELS = [0, 0, 2, 2, -1, None, 1, 1, -1, 0]
KEPT = np.array([label for label in LABELS if label is not None])


@pytest.fixture
def arrays() -> dict[str, NDArray[np.float32]]:
    """Return two spaces of the nine samples that could be read."""
    rng = np.random.default_rng(0)
    return {
        name: (2 * np.eye(4)[KEPT] + rng.normal(size=(9, 4))).astype(np.float32)
        for name in ("reduced", "original")
    }


@pytest.fixture
def opened(
    store: Callable[[Made], Warehouse], arrays: dict[str, NDArray[np.float32]]
) -> OpenWarehouse:
    """Return a warehouse with one cell, its arrays in the store."""
    made = Made()
    made.encoder("e")
    made.dataset("d", [*"ababababab"])
    made.reducer("umap")
    made.clusterer("hdbscan")
    cell = made.cell("e", "d", "umap", "hdbscan")
    made.embedding("e", "d")
    made.unreadable("e", "d", {5: "broken"})
    made.run(cell, labels=LABELS)
    warehouse = zsc_wh.open(store(made).path)
    keys = warehouse.sql("select reduction_key, embedding_key from cell").row(0)
    for key, array in zip(keys, arrays.values(), strict=True):
        Store(warehouse.store_path).put(key, array, lambda _sha256: {})
    return warehouse


@pytest.mark.parametrize("space", ["reduced", "original"])
@pytest.mark.parametrize("subset", ["all", "clustered"])
@pytest.mark.parametrize("distance", ["euclidean", "cosine", "manhattan"])
def test_they_are_those_of_scikit_learn(
    opened: OpenWarehouse,
    arrays: dict[str, NDArray[np.float32]],
    space: str,
    subset: str,
    distance: str,
) -> None:
    """By sample, with noise as one more cluster or left out; by cluster, their mean."""
    asked: dict[str, Any] = {"space": space, "subset": subset, "distance": distance}
    is_in = (-1 if subset == "all" else 0) <= KEPT
    expected = silhouette_samples(
        arrays[space][is_in].astype(float), KEPT[is_in], metric=distance
    )
    samples = opened.silhouettes(CELL, "sample", **asked)
    assert samples["sample_index"].to_list() == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert samples["cluster"].to_list() == KEPT.tolist()
    found = samples["silhouette"].to_numpy()
    assert found[is_in] == pytest.approx(expected, abs=1e-9)
    assert np.isnan(found[~is_in]).all()
    clusters = opened.silhouettes(CELL, **asked)
    names = np.unique(KEPT[is_in])
    assert clusters["cluster"].to_list() == names.tolist()
    groups = [expected[KEPT[is_in] == name] for name in names]
    for column, of in (("silhouette", np.mean), ("lowest", min), ("highest", max)):
        assert clusters[column].to_list() == pytest.approx(
            [of(each) for each in groups]
        )
    assert clusters["n_samples"].to_list() == [len(each) for each in groups]
    assert clusters["n_negative"].to_list() == [int((g < 0).sum()) for g in groups]


def test_the_nearest_other_cluster_is_named(
    opened: OpenWarehouse, arrays: dict[str, NDArray[np.float32]]
) -> None:
    """By the number that it has in the assignment; noise is -1."""
    X = arrays["reduced"].astype(float)
    expected = []
    for x, own in zip(X, KEPT, strict=True):
        gaps = {
            other: np.linalg.norm(X[other == KEPT] - x, axis=1).mean()
            for other in {*KEPT.tolist()} - {own}
        }
        expected.append(min(gaps, key=lambda other: gaps[other]))
    assert -1 in expected
    assert opened.silhouettes(CELL, "sample")["nearest"].to_list() == expected


def test_what_cannot_be_is_told(opened: OpenWarehouse) -> None:
    """An option that there is not, an array that was freed."""
    with pytest.raises(ConfigError, match="'samples' is not a valid by; did you"):
        opened.silhouettes(CELL, "samples")
    key = str(opened.sql("select embedding_key from cell").item())
    Store(opened.store_path).delete(key)
    with pytest.raises(StoreError, match="the original array") as caught:
        opened.silhouettes(CELL, space="original")
    assert "zscwh explain" in caught.value.hint


def test_one_cluster_has_none(
    store: Callable[[Made], Warehouse], arrays: dict[str, NDArray[np.float32]]
) -> None:
    """The reason is that of the score."""
    made = Made()
    made.encoder("e")
    made.dataset("d", [*"ababababa"])
    made.reducer("umap")
    made.clusterer("hdbscan")
    cell = made.cell("e", "d", "umap", "hdbscan")
    made.run(cell, labels=[0] * 9)
    warehouse = zsc_wh.open(store(made).path)
    key = str(warehouse.sql("select reduction_key from cell").item())
    Store(warehouse.store_path).put(key, arrays["reduced"], lambda _sha256: {})
    with pytest.raises(DataError, match="there is only one cluster"):
        warehouse.silhouettes(CELL)
