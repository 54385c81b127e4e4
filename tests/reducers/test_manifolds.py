"""UMAP by manifolds-rs; `test_manifold` compares it with umap-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.fresh import printed
from tests.reducers.made import features, params
from zsc_wh.errors import ComputeError, NotApplicableError
from zsc_wh.libraries import calling
from zsc_wh.reducers import METHODS

UMAP = METHODS["umap"]


def test_threads_change_no_bit_of_manifolds() -> None:
    """A process with one thread makes what one with two makes."""
    code = (
        "import hashlib, sys\n"
        "from tests.reducers.made import features, params\n"
        "from zsc_wh.reducers import METHODS\n"
        "asked = params('umap', engine='manifolds', n_components=8, n_epochs=40)\n"
        "fit = METHODS['umap'].fit\n"
        "array = fit(features(n=1200), asked, 7, threads=int(sys.argv[1])).array\n"
        "print(hashlib.sha256(array.tobytes()).hexdigest())\n"
    )
    assert printed(code, "1") == printed(code, "2")


def test_every_parameter_reaches_manifolds() -> None:
    """Each that is changed changes the array, and so does the seed."""
    X = features()
    base = {"engine": "manifolds", "n_components": 3, "n_epochs": 30}
    changes: list[dict[str, Any]] = [
        {},
        {"n_neighbors": 7},
        {"n_components": 4},
        {"min_dist": 0.2},
        {"spread": 1.5},
        {"metric": "arccos"},
        {"zscore": True},
        {"learning_rate": 0.5},
        {"negative_sample_rate": 3},
        {"n_epochs": 31},
        {"init": "random"},
        {"init": "pca"},
    ]
    made = [UMAP.fit(X, params("umap", **base | each), 4).array for each in changes]
    made.append(UMAP.fit(X, params("umap", **base), 5).array)
    assert {array.shape for array in made} == {(120, 3), (120, 4)}
    assert len({array.tobytes() for array in made}) == len(made)


@pytest.mark.parametrize(
    "X",
    [
        np.repeat(features(n=4), 30, axis=0),
        np.hstack([features(), np.ones((120, 5), np.float32)]),
        np.vstack([features(), features() + 1e6]),
        features() * np.float32(1e-30),
        features("float64") * 1e200,
        features(n=5),
    ],
    ids=["copies", "constant columns", "two islands", "tiny", "huge", "five samples"],
)
def test_awkward_features_by_manifolds(X: Any) -> None:
    """An answer that is finite and repeats."""
    asked = params("umap", engine="manifolds", n_components=2, n_epochs=20)
    first, again = (UMAP.fit(X, asked, 0, threads=each).array for each in (1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (len(X), 2)
    assert np.isfinite(first).all()


def test_too_few_samples_for_manifolds() -> None:
    """The limits are those of UMAP, whichever library computes it."""
    asked = params("umap", engine="manifolds")
    with pytest.raises(NotApplicableError, match="needs at least 52 samples"):
        UMAP.fit(features(n=51), asked, 0)
    few = UMAP.fit(features(n=52), asked, 0, threads=1)
    assert few.array.shape == (52, 50)
    assert few.notes == ()
    (note,) = UMAP.fit(
        features(n=20), params("umap", engine="manifolds", n_components=2), 0
    ).notes
    assert note == "n_neighbors is 30, and each sample has 19"


def test_a_panic_of_rust_is_an_error_of_ours() -> None:
    """It is no `Exception` and would end the worker."""
    panic = type("PanicException", (BaseException,), {})("lost")
    said = "it failed with PanicException: lost"
    with pytest.raises(ComputeError, match=said), calling("it"):
        raise panic
    with pytest.raises(KeyboardInterrupt), calling("it"):
        raise KeyboardInterrupt
