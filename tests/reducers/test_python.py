from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import NMF, FastICA, KernelPCA
from sklearn.manifold import Isomap

from tests.reducers.made import features, params
from zsc_wh.errors import ComputeError, ConfigError
from zsc_wh.fields import complete
from zsc_wh.reducers.python import PYTHON
from zsc_wh.scaling import zscore
from zsc_wh.sizes import Shape, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = "tests.reducers.test_python"
RESULTS: dict[str, Any] = {
    "sparse": csr_array(np.eye(120)),
    "vector": np.zeros(120),
    "empty": np.zeros((120, 0)),
    "short": np.zeros((119, 2)),
    "texts": np.full((120, 2), "a"),
    "complex": np.zeros((120, 2), complex),
    "nothing": None,
    "whole": np.arange(240).reshape(120, 2),
    "half": np.ones((120, 2), np.float16),
    "double": np.ones((120, 2), np.float64),
    "backwards": np.arange(240.0)[::-1].reshape(2, 120).T,
    "listed": [[0.5, 1.5]] * 120,
    "infinite": np.full((120, 2), np.inf),
}


class Returning:
    """Returns what it is told to."""

    def __init__(self, what: str) -> None:
        self.what = what

    def fit_transform(self, X: NDArray[Any]) -> Any:
        """Forget the features, which it may write to."""
        X[:] = 0
        return RESULTS[self.what]


class Scaling:
    """Has no `fit_transform`, and its `fit` returns nothing."""

    def fit(self, X: NDArray[Any]) -> None:
        """Learn the largest number."""
        self.largest = float(X.max())

    def transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Scale by it."""
        scaled: NDArray[Any] = X[:, :2] / self.largest
        return scaled


class Failing:
    """Raises what no numeric library would."""

    def fit_transform(self, X: NDArray[Any]) -> None:
        """Fail."""
        raise LookupError(len(X))


def returning(what: str) -> dict[str, Any]:
    """Return the parameters of a reducer that returns `what`."""
    return params("python", estimator=f"{HERE}:Returning", params={"what": what})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("target", "given", "oracle"),
    [
        (
            "sklearn.decomposition.KernelPCA",
            {"n_components": 4, "kernel": "rbf", "gamma": 0.01},
            KernelPCA(4, kernel="rbf", gamma=0.01, random_state=6),
        ),
        (
            "sklearn.decomposition:FastICA",
            {"n_components": 3, "whiten": "unit-variance"},
            FastICA(3, whiten="unit-variance", random_state=6),
        ),
        ("sklearn.manifold.Isomap", {"n_neighbors": 60}, Isomap(n_neighbors=60)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_estimator_gives_what_it_gives_alone(
    dtype: str, target: str, given: dict[str, Any], oracle: Any
) -> None:
    """With its parameters and, where it takes one, the seed; its type is kept."""
    X = features(dtype)
    expected = oracle.fit_transform(X)
    reduced = PYTHON.fit(X, params("python", estimator=target, params=given), 6)
    np.testing.assert_array_equal(reduced.array, expected)
    assert reduced.array.dtype == expected.dtype
    assert reduced.array.flags.c_contiguous


def test_zscore_comes_first() -> None:
    """The estimator sees z-scores where they are asked for."""
    X = features()
    given = {"estimator": f"{HERE}:Scaling", "zscore": True}
    reduced = PYTHON.fit(X, params("python", **given), 0)
    scores = zscore(X)
    np.testing.assert_array_equal(reduced.array, scores[:, :2] / scores.max())


def test_fit_and_transform_will_do() -> None:
    """Where there is no `fit_transform`."""
    X = features()
    reduced = PYTHON.fit(X, params("python", estimator=f"{HERE}:Scaling"), 0)
    np.testing.assert_array_equal(reduced.array, X[:, :2] / X.max())


@pytest.mark.parametrize(
    ("what", "dtype"),
    [
        ("whole", "float32"),
        ("half", "float32"),
        ("double", "float64"),
        ("backwards", "float64"),
        ("listed", "float64"),
    ],
)
def test_numbers_of_any_kind_become_features(what: str, dtype: str) -> None:
    """float32 and float64 stay, others get the type of the input; in order in memory.

    The estimator may write to its input; ours stays as it is.
    """
    X = features("float32")
    before = X.copy()
    array = PYTHON.fit(X, returning(what), 0).array
    np.testing.assert_array_equal(array, np.asarray(RESULTS[what]))
    assert array.dtype == dtype
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("sparse", "returned csr_array of type object"),
        ("vector", r"shape \(120,\), not a matrix of numbers with 120 rows"),
        ("short", r"shape \(119, 2\)"),
        ("empty", r"shape \(120, 0\)"),
        ("texts", "of type <U1"),
        ("complex", "of type complex128"),
        ("nothing", "returned NoneType"),
        ("infinite", "NaN or infinity"),
    ],
)
def test_a_result_that_is_no_matrix_is_an_error(what: str, text: str) -> None:
    """It says what came back."""
    X, asked = features(), returning(what)
    with pytest.raises(ComputeError, match=text):
        PYTHON.fit(X, asked, 0)


def test_whatever_an_estimator_raises_is_an_error_that_names_it() -> None:
    """Its own class of error too."""
    X, asked = features(), params("python", estimator=f"{HERE}:Failing")
    with pytest.raises(ComputeError, match="Failing failed with LookupError: 120"):
        PYTHON.fit(X, asked, 0)


@pytest.mark.parametrize("target", ["sklearn.cluster.DBSCAN", "collections.Counter"])
def test_what_is_no_transformer_is_refused(target: str) -> None:
    """The error says which methods are missing."""
    X, asked = features(), params("python", estimator=target)
    with pytest.raises(
        ConfigError, match="neither fit_transform nor fit and"
    ) as caught:
        PYTHON.fit(X, asked, 0)
    assert caught.value.where == f"reducer {target}"


def test_warnings_are_notes() -> None:
    """As those of the libraries that we know."""
    given = {"n_components": 2, "max_iter": 1}
    target = "sklearn.decomposition.NMF"
    asked = params("python", estimator=target, params=given)
    notes = PYTHON.fit(np.abs(features()), asked, 0).notes
    assert NMF(**given).max_iter == 1
    assert len(notes) == 1
    assert notes[0].startswith("ConvergenceWarning: Maximum number of iterations 1")


def test_forecasts_import_nothing() -> None:
    """A plan runs no code of the user's, and need not find it."""
    asked = complete(PYTHON.fields, {"estimator": "no_such_module.Thing"})
    before = set(sys.modules)
    assert PYTHON.limit(Size(1000, 50), asked) is None
    assert PYTHON.peak_bytes(Shape(1000, 50), asked) > 0
    assert PYTHON.seconds(Shape(1000, 50), asked) > 0
    assert set(sys.modules) == before
