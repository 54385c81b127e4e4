from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering

from tests.clusterers.made import DTYPES, INPUTS, blobs, digits, params
from zsc_wh.clusterers import TREES
from zsc_wh.clusterers.trees import Tree, cut, cut_at
from zsc_wh.errors import DataError, NotApplicableError
from zsc_wh.scaling import unit_rows

METHOD = TREES["agglomerative"]
WAYS = [
    ("ward", "euclidean"),
    ("ward", "l2"),
    *(
        (linkage, metric)
        for linkage in ("average", "complete", "single")
        for metric in ("euclidean", "l1", "l2", "chebyshev", "cosine", "braycurtis")
    ),
    ("average", "canberra"),
]
on_ways = pytest.mark.parametrize(("linkage", "metric"), WAYS)


@on_ways
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", INPUTS)
def test_number_of_clusters_as_scikit_learn(
    linkage: str, metric: str, dtype: str, name: str
) -> None:
    """Labels equal, numbering included."""
    X = INPUTS[name](dtype)
    oracle = AgglomerativeClustering(10, linkage=linkage, metric=metric).fit(X)
    found = METHOD.fit(
        X, params("agglomerative", linkage=linkage, metric=metric), 10, 0
    )
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert found.labels.dtype == np.int32
    assert (found.n_iter, found.converged, found.notes) == (None, None, ())


@on_ways
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0, 1.1])
def test_threshold_as_scikit_learn(linkage: str, metric: str, share: float) -> None:
    """Labels equal for thresholds from nothing to over the last merge."""
    X = digits()
    uncut = params("agglomerative", linkage=linkage, metric=metric)
    threshold = share * float(METHOD.grown(X, uncut).heights[-1])
    oracle = AgglomerativeClustering(
        None, linkage=linkage, metric=metric, distance_threshold=threshold
    ).fit(X)
    asked = params(
        "agglomerative", linkage=linkage, metric=metric, distance_threshold=threshold
    )
    found = METHOD.fit(X, asked, None, 0)
    np.testing.assert_array_equal(found.labels, oracle.labels_)


@pytest.mark.parametrize("linkage", ["ward", "average", "single"])
def test_one_tree_serves_every_number_and_threshold(linkage: str) -> None:
    """Cutting the same tree again equals building it again, from one to n clusters."""
    X = digits(n=60)
    merges = METHOD.grown(X, params("agglomerative", linkage=linkage))
    for n_clusters in range(1, 61):
        oracle = AgglomerativeClustering(n_clusters, linkage=linkage).fit(X)
        np.testing.assert_array_equal(cut(merges, n_clusters), oracle.labels_)
    for threshold in merges.heights[::7].tolist():
        oracle = AgglomerativeClustering(
            None, linkage=linkage, distance_threshold=threshold
        ).fit(X)
        np.testing.assert_array_equal(cut_at(merges, threshold), oracle.labels_)


def test_a_merge_at_the_threshold_is_undone() -> None:
    """The threshold itself is too far."""
    merges = Tree(np.array([[0, 1], [2, 3]]), np.array([1.0, 2.0]))
    assert len(set(cut_at(merges, 2.0).tolist())) == 2
    assert len(set(cut_at(merges, np.nextafter(2.0, 3.0)).tolist())) == 1


@pytest.mark.parametrize("linkage", ["ward", "average"])
def test_arccos_is_euclidean_on_unit_rows(linkage: str) -> None:
    """The angle is measured by the chord, for Ward too."""
    X = digits()
    oracle = AgglomerativeClustering(8, linkage=linkage).fit(unit_rows(X))
    found = METHOD.fit(
        X, params("agglomerative", linkage=linkage, metric="arccos"), 8, 0
    )
    np.testing.assert_array_equal(found.labels, oracle.labels_)


@on_ways
@pytest.mark.parametrize("dtype", DTYPES)
def test_fastcluster_merges_as_scikit_learn_where_no_distances_tie(
    linkage: str, metric: str, dtype: str
) -> None:
    """The same merges in the same order, and heights that differ by a rounding."""
    X = blobs(dtype, 150, 2.0)
    asked = params("agglomerative", linkage=linkage, metric=metric)
    expected = METHOD.grown(X, asked)
    asked |= {"engine": "fastcluster"}
    if METHOD.fault(asked) is not None:
        assert (linkage, metric) == ("single", "braycurtis")
        return
    found = METHOD.grown(X, asked)
    np.testing.assert_array_equal(np.sort(found.children), np.sort(expected.children))
    np.testing.assert_allclose(found.heights, expected.heights, rtol=1e-6)
    for n_clusters in (1, 2, 7, 150):
        pairs = zip(cut(found, n_clusters), cut(expected, n_clusters), strict=True)
        assert len(set(pairs)) == n_clusters


@pytest.mark.parametrize("linkage", ["ward", "average", "complete", "single"])
def test_fastcluster_where_distances_tie(linkage: str) -> None:
    """Copies are merged first, in whatever order; heights never fall."""
    X = np.repeat(digits(n=40), 3, axis=0)
    asked = params("agglomerative", linkage=linkage, engine="fastcluster")
    found = METHOD.grown(X, asked)
    assert (np.diff(found.heights) >= 0).all()
    assert len(set(cut(found, 40).tolist())) == 40
    np.testing.assert_array_equal(
        cut_at(found, 1e-9), np.repeat(cut_at(found, 1e-9)[::3], 3)
    )


def test_a_tree_is_an_array_and_back() -> None:
    """Children and heights survive to the bit."""
    merges = METHOD.grown(digits(), params("agglomerative"))
    again = Tree.of_array(merges.as_array())
    np.testing.assert_array_equal(again.children, merges.children)
    np.testing.assert_array_equal(again.heights, merges.heights)


def test_a_row_of_zeros_has_no_cosine() -> None:
    """The cell is skipped with the reason."""
    X = digits(n=20)
    X[3] = 0
    asked = params("agglomerative", linkage="average", metric="cosine")
    with pytest.raises(NotApplicableError, match="no cosine distance"):
        METHOD.fit(X, asked, 2, 0)


def test_tree_checks_its_input() -> None:
    """The tree can be asked for by itself."""
    X = np.full((4, 2), np.nan)
    with pytest.raises(DataError, match="NaN"):
        METHOD.grown(X, params("agglomerative"))


@pytest.mark.parametrize(
    ("given", "takes"), [({}, True), ({"distance_threshold": 2.0}, False)]
)
def test_a_threshold_replaces_the_number(given: dict[str, Any], takes: bool) -> None:
    """With a threshold the method finds the number of clusters itself."""
    assert METHOD.takes_k(params("agglomerative", **given)) is takes


@pytest.mark.parametrize(
    ("linkage", "metric", "refused"),
    [
        ("ward", "euclidean", False),
        ("ward", "arccos", False),
        ("ward", "l1", True),
        ("ward", "cosine", True),
        ("average", "l1", False),
    ],
)
def test_ward_needs_euclidean_distances(
    linkage: str, metric: str, refused: bool
) -> None:
    """What the library would refuse is refused when it is declared."""
    fault = METHOD.fault(params("agglomerative", linkage=linkage, metric=metric))
    assert ("ward linkage" in str(fault)) is refused
    assert (fault is None) is not refused
