from __future__ import annotations

import sys
import warnings
from typing import Any

import numba
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score

from tests.reducers.made import features, params
from zsc_wh.errors import ComputeError, NotApplicableError
from zsc_wh.reducers import METHODS, umap_engines
from zsc_wh.reducers.method import neighbours_of
from zsc_wh.scaling import unit_rows, zscore
from zsc_wh.spaces.neighbours import exact_neighbours

# The first fit compiles for about twenty seconds, so all fits are in one module.
pytestmark = pytest.mark.slow

UMAP = METHODS["umap"]
MANY = 4200  # the library takes all distances below 4,096 samples


@pytest.fixture(scope="module")
def library() -> Any:
    """Return the class of the library; importing it may warn of TensorFlow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)
        import umap
    return umap.UMAP


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_umap_is_that_of_the_library(library: Any, dtype: str) -> None:
    """The settings of the study give the array of the library, bit for bit."""
    X = features(dtype)
    # ours first: what the library compiles by itself is not kept
    reduced = UMAP.fit(X, params("umap"), 1)
    expected = library(
        n_neighbors=30,
        n_components=50,
        min_dist=0.0,
        metric="euclidean",
        random_state=1,
        n_jobs=1,
    ).fit_transform(X)
    np.testing.assert_array_equal(reduced.array, expected)
    assert reduced.array.dtype == np.float32
    assert reduced.array.flags.c_contiguous
    assert reduced.notes == ()


def test_every_parameter_reaches_the_library(library: Any) -> None:
    """What is declared is what is computed."""
    X = features()
    given = {
        "n_neighbors": 7,
        "n_components": 3,
        "min_dist": 0.2,
        "spread": 1.5,
        "learning_rate": 0.5,
        "negative_sample_rate": 3,
        "n_epochs": 30,
        "init": "random",
    }
    expected = library(**given, random_state=4, n_jobs=1).fit_transform(X)
    reduced = UMAP.fit(X, params("umap", **given), 4)
    np.testing.assert_array_equal(reduced.array, expected)


def test_arccos_is_euclidean_on_unit_rows(library: Any) -> None:
    """Rows are normalised after the z-score."""
    X = features()
    given = {"n_components": 2, "n_neighbors": 10, "n_epochs": 20}
    expected = library(**given, min_dist=0.0, random_state=0, n_jobs=1).fit_transform(
        unit_rows(zscore(X))
    )
    asked = params("umap", metric="arccos", zscore=True, **given)
    np.testing.assert_array_equal(UMAP.fit(X, asked, 0).array, expected)


@pytest.mark.parametrize("n", [120, MANY])
def test_exact_neighbours_reach_the_library(library: Any, n: int) -> None:
    """It is given them after the scaling, however few samples there are."""
    X = features(n=n, d=6)
    given = {"n_components": 2, "n_neighbors": 7, "n_epochs": 5, "init": "random"}
    scaled = unit_rows(zscore(X))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "precomputed_knn")
        expected = library(
            **given,
            min_dist=0.0,
            random_state=0,
            n_jobs=1,
            force_approximation_algorithm=True,
            precomputed_knn=_with_itself(scaled, 7),
        ).fit_transform(scaled)
    asked = params("umap", neighbours="exact", metric="arccos", zscore=True, **given)
    reduced = UMAP.fit(X, asked, 0)
    np.testing.assert_array_equal(reduced.array, expected)
    assert reduced.notes == ()


def test_a_longer_list_of_neighbours_is_as_good_as_one_of_its_own() -> None:
    """What others share is cut to what is asked for."""
    X = features()
    for engine in ({"neighbours": "exact"}, {"engine": "manifolds"}):
        asked = params("umap", n_components=2, n_epochs=5, n_neighbors=7, **engine)
        given = neighbours_of(X, 32, asked, threads=1)
        shared = UMAP.fit(X, asked, 0, neighbours=given)
        np.testing.assert_array_equal(shared.array, UMAP.fit(X, asked, 0).array)


@pytest.mark.parametrize(
    ("given", "fewer"),
    [({"neighbours": "exact"}, 0.03), ({"engine": "manifolds"}, 0.1)],
)
def test_neighbours_are_kept_as_well(given: dict[str, str], fewer: float) -> None:
    """About as many of the ten nearest stay near as with umap-learn by itself.

    By manifolds they are fewer: it pushes samples apart less often.
    """
    X = features(n=600, d=6)
    asked = {"n_components": 3, "n_neighbors": 15, "n_epochs": 50}
    near = exact_neighbours(X, 10)["index"]
    other, own = (
        _kept(near, UMAP.fit(X, params("umap", **each, **asked), 0).array)
        for each in (given, {})
    )
    assert other > own - fewer
    assert own > 0.3


def _kept(near: Any, array: Any) -> float:
    """Return the share of the nearest samples that are nearest in `array` too."""
    found = exact_neighbours(array, near.shape[1])["index"]
    return float((near[:, :, None] == found[:, None]).any(axis=2).mean())


def _with_itself(X: Any, k: int) -> tuple[Any, Any]:
    """Return neighbours as the library takes them, each sample its own first."""
    found = exact_neighbours(X, k - 1)
    indices = np.hstack([np.arange(len(X))[:, None], found["index"]])
    return indices, np.pad(found["distance"], ((0, 0), (1, 0)))


def test_seed_decides(library: Any) -> None:
    """The same seed twice gives the same array, another seed another."""
    X = features()
    X.flags.writeable = False
    asked = params("umap", n_components=2, n_epochs=20)
    first, again, other = (UMAP.fit(X, asked, seed).array for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("neighbours", ["library", "exact"])
def test_too_many_neighbours_are_noted(library: Any, neighbours: str) -> None:
    """The library takes all other samples then and says so; exact ones are kept."""
    X = features(n=25)
    asked = params("umap", n_components=2, n_epochs=20, neighbours=neighbours)
    reduced = UMAP.fit(X, asked, 0)
    assert len(reduced.notes) == 1
    assert "n_neighbors is larger than the dataset size" in reduced.notes[0]


@pytest.mark.parametrize(
    ("n", "given"),
    [
        (52, {"n_components": 50}),
        (4, {"n_components": 2}),
        (4, {"n_components": 2, "init": "tswspectral"}),
        (3, {"n_components": 5, "init": "random"}),
        (3, {"n_components": 3, "init": "pca"}),
    ],
)
def test_limits_are_the_true_ones(library: Any, n: int, given: dict[str, Any]) -> None:
    """The least number of samples works, and with one less the library fails."""
    asked = params("umap", n_epochs=5, **given)
    assert UMAP.fit(features(n=n), asked, 0).array.shape == (n, given["n_components"])
    X = features(n=n - 1)
    with pytest.raises(NotApplicableError, match="UMAP"):
        UMAP.fit(X, asked, 0)
    with pytest.raises(ComputeError, match="umap-learn failed"):
        UMAP.reduce(X, UMAP.typed(asked), 0)


def test_importing_the_library_leaves_no_note(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That TensorFlow is not installed says nothing about the result."""
    monkeypatch.delitem(sys.modules, "umap")
    umap_engines._umap_learn.cache_clear()
    asked = params("umap", n_components=2, n_epochs=5)
    assert UMAP.fit(features(), asked, 0).notes == ()


def test_threads_of_numba_are_put_back(library: Any) -> None:
    """A failing fit does not leave the process with one thread."""
    before = numba.get_num_threads()
    numba.set_num_threads(most := numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    with pytest.raises(ComputeError):
        UMAP.reduce(features(n=2), UMAP.typed(params("umap", n_components=2)), 0)
    after = numba.get_num_threads()
    numba.set_num_threads(before)
    assert after == most


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"min_dist": 2.0}, "min_dist (2) must not be over spread (1)"),
        ({"spread": 0.0}, "spread must be over 0"),
        ({"min_dist": 1.0}, None),
        (
            {"engine": "manifolds", "neighbours": "exact"},
            "engine = 'manifolds' always takes exact neighbours: omit neighbours",
        ),
        (
            {"engine": "manifolds", "init": "tswspectral"},
            "engine = 'manifolds' has no init = 'tswspectral': take 'spectral'",
        ),
        ({"engine": "manifolds", "init": "pca"}, None),
    ],
)
def test_distance_and_spread_go_together(
    given: dict[str, Any], text: str | None
) -> None:
    """What the library would refuse is refused when it is declared."""
    assert UMAP.fault(params("umap", **given)) == text


def test_clusters_are_as_good_by_either_engine() -> None:
    """K-Means finds made groups in both, within what the seed alone changes."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(6, 12)) * 1.3
    y = np.arange(600) % 6
    X = (centres[y] + rng.normal(size=(600, 12))).astype(np.float32)
    found = {
        engine: [
            _ami(y, UMAP.fit(X, params("umap", n_components=5, engine=engine), s).array)
            for s in range(4)
        ]
        for engine in ("umap-learn", "manifolds")
    }
    own, other = (np.array(found[engine]) for engine in found)
    assert abs(own.mean() - other.mean()) < 0.02 + own.std() + other.std()
    assert own.mean() > 0.8


def _ami(y: Any, array: Any) -> float:
    labels = KMeans(6, n_init=3, random_state=0).fit_predict(array)
    return float(adjusted_mutual_info_score(y, labels))
