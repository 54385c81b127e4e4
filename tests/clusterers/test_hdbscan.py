"""HDBSCAN merges clusters by `cluster_selection_epsilon`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hdbscan import HDBSCAN

from tests.clusterers.made import DTYPES, INPUTS, params
from zsc_wh.clusterers import METHODS
from zsc_wh.clusterers.hdbscan import HDBSCAN as METHOD

SELECTIONS = ("eom", "leaf")


def groups(*centres: float) -> Any:
    """Return 20 points around each centre on a line, each group 2 wide."""
    around = np.linspace(-1, 1, 20)
    return np.concatenate([centre + around for centre in centres])[:, None]


def partition(X: Any, **given: Any) -> list[int]:
    """Return the cluster of each group of `groups`, which it may not split."""
    asked = params("hdbscan", max_cluster_fraction=0.0, **given)
    labels = METHODS["hdbscan"].fit(X, asked, None, 0).labels.reshape(-1, 20)
    assert (labels == labels[:, :1]).all()
    return [int(label) for label in labels[:, 0]]


@pytest.mark.parametrize("how", SELECTIONS)
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize(
    ("epsilon", "merged"),
    [(1.0, [(0,), (1,), (2,)]), (30.0, [(0, 1), (2,)])],
)
def test_groups_within_epsilon_are_one_cluster(
    how: str, single: bool, epsilon: float, merged: list[tuple[int, ...]]
) -> None:
    """The gaps are 8 and 88 wide."""
    found = partition(
        groups(0, 10, 100),
        cluster_selection_method=how,
        cluster_selection_epsilon=epsilon,
        allow_single_cluster=single,
    )
    together = [tuple(i for i in range(3) if found[i] == c) for c in sorted({*found})]
    assert -1 not in found
    assert sorted(together) == merged


@pytest.mark.parametrize("how", SELECTIONS)
@pytest.mark.parametrize("epsilon", [200.0, 1e300])
def test_an_epsilon_over_every_distance_merges_as_far_as_is_allowed(
    how: str, epsilon: float
) -> None:
    """To one cluster of everything, or to the two which that would consist of."""
    given = {
        "cluster_selection_method": how,
        "cluster_selection_epsilon": epsilon,
    }
    X = groups(0, 10, 100)
    assert partition(X, allow_single_cluster=True, **given) == [0, 0, 0]
    first, second, third = partition(X, **given)
    assert first == second != third


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("epsilon", [2.5, 23.0, 40.0])
@pytest.mark.parametrize("how", SELECTIONS)
def test_merging_is_that_of_the_authors(
    name: str, dtype: str, epsilon: float, how: str
) -> None:
    """Their `min_samples` does not count the sample itself."""
    X = INPUTS[name](dtype)
    oracle = HDBSCAN(
        min_cluster_size=5,
        min_samples=4,
        cluster_selection_epsilon=epsilon,
        cluster_selection_method=how,
        max_cluster_size=len(X) // 2 if how == "eom" else 0,
        algorithm="generic",
    ).fit(X.astype("float64"))
    asked = params(
        "hdbscan",
        cluster_selection_epsilon=epsilon,
        cluster_selection_method=how,
        max_cluster_fraction=0.5,
    )
    found = METHODS["hdbscan"].fit(X, asked, None, 0).labels
    np.testing.assert_array_equal(found, oracle.labels_)


def test_a_single_cluster_beside_a_limit_of_its_size_is_a_contradiction() -> None:
    """Scikit-learn answers some data with a KeyError."""
    assert METHOD.fault is not None
    fault = METHOD.fault(params("hdbscan", allow_single_cluster=True))
    assert fault is not None
    assert "max_cluster_fraction = 0" in fault
    for given in (
        {"max_cluster_fraction": 0.0},
        {"max_cluster_fraction": 1.0},
        {"cluster_selection_method": "leaf"},
    ):
        both = params("hdbscan", allow_single_cluster=True, **given)
        assert METHOD.fault(both) is None
