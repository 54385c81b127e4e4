from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import OPTICS, Birch, MiniBatchKMeans
from sklearn.mixture import GaussianMixture

from tests.clusterers.made import DTYPES, blobs, digits, params
from zsc_wh.clusterers.python import PYTHON
from zsc_wh.errors import ComputeError, ConfigError, NotApplicableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = "tests.clusterers.test_python"
RESULTS: dict[str, Any] = {
    "floats": np.zeros(120),
    "short": np.zeros(119, int),
    "matrix": np.zeros((120, 1), int),
    "missing": np.full(120, -3),
    "nothing": None,
    "gaps": np.repeat([2**40, -1, 7, 100], 30),
    "unsigned": np.repeat(np.array([5, 3], np.uint64), 60),
    "noise": np.full(120, -1),
    "listed": [1] * 60 + [0] * 60,
}


class Returning:
    """Returns what it is told to."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.n_iter_ = np.array([3, 4])
        self.converged_ = np.array([True, False])

    def fit_predict(self, X: NDArray[Any]) -> Any:
        """Forget the features, which it may write to."""
        X[:] = 0
        return RESULTS[self.what]


class Halves:
    """Has no `fit_predict`, and its `fit` returns nothing."""

    def fit(self, X: NDArray[Any]) -> None:
        """Split by the order of the samples."""
        self.labels_ = np.arange(len(X)) % 2


class Failing:
    """Raises what no numeric library would."""

    def fit_predict(self, X: NDArray[Any]) -> None:
        """Fail."""
        raise LookupError(len(X))


def returning(what: str) -> dict[str, Any]:
    """Return the parameters of a clusterer that returns `what`."""
    return params("python", estimator=f"{HERE}:Returning", params={"what": what})


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("target", "given", "k_param", "oracle"),
    [
        (
            "sklearn.cluster.Birch",
            {"threshold": 5.0},
            "n_clusters",
            Birch(threshold=5.0, n_clusters=6),
        ),
        (
            "sklearn.cluster.MiniBatchKMeans",
            {"batch_size": 64, "n_init": 2},
            "n_clusters",
            MiniBatchKMeans(6, batch_size=64, n_init=2, random_state=4),
        ),
        (
            "sklearn.mixture:GaussianMixture",
            {"covariance_type": "diag", "reg_covar": 0.1},
            "n_components",
            GaussianMixture(6, covariance_type="diag", reg_covar=0.1, random_state=4),
        ),
        (
            "sklearn.cluster.OPTICS",
            {"min_samples": 4, "algorithm": "kd_tree"},
            None,
            OPTICS(min_samples=4, algorithm="kd_tree"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_estimator_gives_what_it_gives_alone(
    dtype: str, target: str, given: dict[str, Any], k_param: str | None, oracle: Any
) -> None:
    """With its parameters, K where it is told, and the seed where it takes one."""
    X = digits(dtype, 90)
    expected = oracle.fit_predict(X)
    asked = params("python", estimator=target, params=given, k_param=k_param)
    found = PYTHON.fit(X, asked, 6 if k_param else None, 4)
    np.testing.assert_array_equal(found.labels, expected)
    assert found.n_iter == getattr(oracle, "n_iter_", None)
    assert found.converged is getattr(oracle, "converged_", None)
    assert len(set(expected.tolist())) > 2


def test_labels_after_fit_will_do() -> None:
    """Where there is no `fit_predict`."""
    found = PYTHON.fit(blobs(), params("python", estimator=f"{HERE}:Halves"), None, 0)
    np.testing.assert_array_equal(found.labels, np.arange(120) % 2)


@pytest.mark.parametrize(
    ("what", "labels"),
    [
        ("gaps", np.repeat([2, -1, 0, 1], 30)),
        ("unsigned", np.repeat([1, 0], 60)),
        ("noise", np.full(120, -1)),
        ("listed", np.repeat([1, 0], 60)),
    ],
)
def test_clusters_are_numbered_from_0_without_gaps(
    what: str, labels: NDArray[np.intp]
) -> None:
    """In the order of the estimator's numbers; noise stays, and so does the input."""
    X = blobs()
    before = X.copy()
    found = PYTHON.fit(X, returning(what), None, 0)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.labels.dtype == np.int32
    assert (found.n_iter, found.converged) == (None, None)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("floats", "labels of type float64"),
        ("short", r"shape \(119,\), not a whole number for each of 120 samples"),
        ("matrix", r"shape \(120, 1\)"),
        ("missing", "the cluster -3; the only number below 0 is -1"),
        ("nothing", "labels of type object"),
    ],
)
def test_a_result_that_is_no_assignment_is_an_error(what: str, text: str) -> None:
    """It names the estimator and says what came back."""
    X, asked = blobs(), returning(what)
    with pytest.raises(ComputeError, match=f"Returning returned .*{text}"):
        PYTHON.fit(X, asked, None, 0)


def test_whatever_an_estimator_raises_is_an_error_that_names_it() -> None:
    """Its own class of error too."""
    X, asked = blobs(), params("python", estimator=f"{HERE}:Failing")
    with pytest.raises(ComputeError, match="Failing failed with LookupError: 120"):
        PYTHON.fit(X, asked, None, 0)


@pytest.mark.parametrize("target", ["sklearn.decomposition.PCA", "collections.Counter"])
def test_what_is_no_clusterer_is_refused(target: str) -> None:
    """The error says which methods are missing."""
    X, asked = blobs(), params("python", estimator=target)
    with pytest.raises(ConfigError, match="neither fit_predict nor fit and") as caught:
        PYTHON.fit(X, asked, None, 0)
    assert caught.value.where == f"clusterer {target}"


@pytest.mark.parametrize(
    ("target", "given", "converged", "noted"),
    [
        ("sklearn.cluster.AffinityPropagation", {"max_iter": 2}, False, 0),
        ("sklearn.cluster.AffinityPropagation", {}, None, 0),
        (
            "sklearn.mixture.GaussianMixture",
            {"n_components": 9, "max_iter": 1},
            False,
            0,
        ),
        ("sklearn.mixture.GaussianMixture", {"n_components": 9}, True, 0),
        # The library uses the same category for another matter.
        ("sklearn.cluster.Birch", {"threshold": 200.0}, None, 1),
    ],
)
def test_convergence_is_what_the_estimator_says(
    target: str, given: dict[str, Any], converged: bool | None, noted: int
) -> None:
    """By its attribute, else by its warning; what is understood is not a note."""
    asked = params("python", estimator=target, params=given)
    found = PYTHON.fit(digits(n=100), asked, None, 0)
    assert found.converged is converged
    assert len(found.notes) == noted


@pytest.mark.parametrize(
    ("given", "k", "text"),
    [
        ({"k_param": "n_components"}, None, "number of clusters must be given"),
        ({"k_param": "n_components"}, 121, "cannot be made of 120 samples"),
        ({}, 4, "finds the number of clusters itself"),
    ],
)
def test_k_goes_with_k_param(given: dict[str, Any], k: int | None, text: str) -> None:
    """The number of clusters is told where a parameter takes it, only there."""
    X, asked = blobs(), params("python", **given)
    with pytest.raises(NotApplicableError, match=text):
        PYTHON.fit(X, asked, k, 0)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"n_clusters": 3}, "n_clusters is set by k_param; leave it out of params"),
        ({"n_init": 3}, None),
    ],
)
def test_k_is_said_once(given: dict[str, Any], text: str | None) -> None:
    """Two numbers of clusters cannot both hold."""
    assert PYTHON.fault(params("python", k_param="n_clusters", params=given)) == text
