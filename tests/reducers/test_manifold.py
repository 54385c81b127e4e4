from __future__ import annotations

import sys
import warnings
from typing import Any

import numba
import numpy as np
import pytest

from tests.reducers.made import features, params
from zsc_wh.errors import ComputeError, NotApplicableError
from zsc_wh.reducers import METHODS, manifold
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
    expected = library(
        n_neighbors=30,
        n_components=50,
        min_dist=0.0,
        metric="euclidean",
        random_state=1,
        n_jobs=1,
    ).fit_transform(X)
    reduced = UMAP.fit(X, params("umap"), 1)
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


def test_exact_neighbours_reach_the_library(library: Any) -> None:
    """From 4,096 samples on, the library is given them, after the scaling."""
    X = features(n=MANY, d=6)
    given = {"n_components": 2, "n_neighbors": 7, "n_epochs": 5, "init": "random"}
    scaled = unit_rows(zscore(X))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "precomputed_knn")
        expected = library(
            **given,
            min_dist=0.0,
            random_state=0,
            n_jobs=1,
            precomputed_knn=exact_neighbours(scaled, 7),
        ).fit_transform(scaled)
    asked = params("umap", neighbours="exact", metric="arccos", zscore=True, **given)
    reduced = UMAP.fit(X, asked, 0)
    np.testing.assert_array_equal(reduced.array, expected)
    assert reduced.notes == ()


def test_exact_neighbours_of_few_samples_are_those_of_the_library() -> None:
    """It takes all distances itself there, so both settings give one array."""
    X = features()
    given = {"n_components": 2, "n_epochs": 5}
    exact, own = (
        UMAP.fit(X, params("umap", neighbours=which, **given), 0).array
        for which in ("exact", "library")
    )
    np.testing.assert_array_equal(exact, own)


def test_exact_neighbours_are_kept_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many of the ten nearest stay near as with the library's neighbours."""
    monkeypatch.setattr(manifold, "_EXACT_BELOW", 0)
    X = features(n=600, d=6)
    given = {"n_components": 3, "n_neighbors": 15, "n_epochs": 50}
    near = exact_neighbours(X, 11)[0][:, 1:]
    exact, own = (
        _kept(near, UMAP.fit(X, params("umap", neighbours=which, **given), 0).array)
        for which in ("exact", "library")
    )
    assert exact > own - 0.02
    assert own > 0.3


def _kept(near: Any, array: Any) -> float:
    """Return the share of the nearest samples that are nearest in `array` too."""
    found = exact_neighbours(array, near.shape[1] + 1)[0][:, 1:]
    return float((near[:, :, None] == found[:, None]).any(axis=2).mean())


def test_seed_decides(library: Any) -> None:
    """The same seed twice gives the same array, another seed another."""
    X = features()
    X.flags.writeable = False
    asked = params("umap", n_components=2, n_epochs=20)
    first, again, other = (UMAP.fit(X, asked, seed).array for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("neighbours", ["library", "exact"])
def test_too_many_neighbours_are_noted(
    library: Any, monkeypatch: pytest.MonkeyPatch, neighbours: str
) -> None:
    """The library takes all other samples then and says so; exact ones are kept."""
    monkeypatch.setattr(manifold, "_EXACT_BELOW", 0)
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
    ],
)
def test_distance_and_spread_go_together(
    given: dict[str, Any], text: str | None
) -> None:
    """What the library would refuse is refused when it is declared."""
    assert UMAP.fault(params("umap", **given)) == text
