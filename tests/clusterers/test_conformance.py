from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.clusterers import made
from tests.clusterers.made import DTYPES, blobs, digits, params
from zsc_wh.clusterers import METHODS
from zsc_wh.clusterers.hdbscan import largest_cluster
from zsc_wh.declare import read_catalog
from zsc_wh.fields import REQUIRED
from zsc_wh.sizes import Shape

# Settings under which four far groups of equal size are found.
GIVEN: dict[str, dict[str, Any]] = {
    "kmeans": {"n_init": 5},
    "spectral": {},
    "agglomerative": {},
    "affinity": {"preference": -1000.0},
    "hdbscan": {"max_cluster_fraction": 0.5},
    "plscan": {},
    "python": {
        "k_param": "n_components",
        "params": {
            "covariance_type": "diag",
            "init_params": "k-means++",
            "n_init": 3,
            "reg_covar": 0.1,
        },
    },
}
kinds = pytest.mark.parametrize("kind", METHODS)
on_dtypes = pytest.mark.parametrize("dtype", DTYPES)


def k_of(kind: str, k: int) -> int | None:
    """Return K where the kind takes one."""
    return k if METHODS[kind].takes_k(params(kind, **GIVEN[kind])) else None


def test_every_kind_is_tried() -> None:
    """The settings of this suite cover the registry."""
    assert set(GIVEN) == set(METHODS)
    assert all(method.name == kind for kind, method in METHODS.items())


@kinds
@on_dtypes
def test_far_groups_are_found(kind: str, dtype: str) -> None:
    """Four groups that are far apart come out exactly, numbered from 0."""
    found = METHODS[kind].fit(
        blobs(dtype), params(kind, **GIVEN[kind]), k_of(kind, 4), 0
    )
    assert adjusted_rand_score(np.arange(120) % 4, found.labels) == 1
    assert set(found.labels.tolist()) == {0, 1, 2, 3}
    assert found.labels.dtype == np.int32


@kinds
@on_dtypes
def test_same_seed_same_result(kind: str, dtype: str) -> None:
    """Twice in one process; the input may be read-only and is not changed."""
    X = digits(dtype)
    before = X.copy()
    X.flags.writeable = False
    asked = params(kind, **GIVEN[kind])
    first, again = (METHODS[kind].fit(X, asked, k_of(kind, 10), 5) for _ in "ab")
    np.testing.assert_array_equal(first.labels, again.labels)
    assert (first.n_iter, first.converged) == (again.n_iter, again.converged)
    np.testing.assert_array_equal(X, before)


@kinds
def test_seed_matters_where_it_is_used(kind: str) -> None:
    """A method that says it uses no seed gives one result for all."""
    X = digits(n=100)
    asked = params(kind, **GIVEN[kind])
    results = {
        METHODS[kind].fit(X, asked, k_of(kind, 10), seed).labels.tobytes()
        for seed in range(3)
    }
    if kind in ("kmeans", "python"):
        assert len(results) > 1
    assert METHODS[kind].uses_seed or len(results) == 1


@kinds
def test_defaults_are_allowed_values(kind: str) -> None:
    """A default that is set passes its own check; what must be given is known."""
    fields = METHODS[kind].fields
    assert METHODS[kind].fault(params(kind)) is None
    required = {name for name, field in fields.items() if field.default is REQUIRED}
    assert required == set(made.REQUIRED.get(kind, {}))
    for name in set(fields) - required:
        default = fields[name].default
        assert default is None or fields[name].problem(default) is None


@kinds
def test_optional_parameters_are_parameters_with_a_default(kind: str) -> None:
    """Only what can be left out of a declaration can be left out of its identity."""
    method = METHODS[kind]
    assert method.optional <= set(method.fields)
    assert all(method.fields[name].default is not REQUIRED for name in method.optional)


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("affinity", {"damping": 1.0}, "damping must be under 1"),
        ("hdbscan", {"alpha": 0.0}, "alpha must be over 0"),
    ],
)
def test_open_ends_of_ranges(kind: str, given: dict[str, Any], text: str) -> None:
    """What the library would refuse is refused when it is declared."""
    assert METHODS[kind].fault(params(kind, **given)) == text


@kinds
@pytest.mark.parametrize("name", ["peak_bytes", "seconds"])
def test_forecast_is_positive_and_grows(kind: str, name: str) -> None:
    """More samples, features or clusters never cost less; the input is counted."""
    forecast = getattr(METHODS[kind], name)
    asked = params(kind)
    costs = [forecast(Shape(n, 300, 9), asked) for n in (10, 1000, 50_000, 100_000)]
    assert costs == sorted(costs)
    assert costs[0] > 0
    assert forecast(Shape(1000, 2000, 9), asked) > costs[1]
    assert forecast(Shape(1000, 300, 900), asked) >= forecast(
        Shape(1000, 300, 2), asked
    )
    if name == "peak_bytes":
        assert all(type(cost) is int for cost in costs)
        assert costs[2] > 8 * 50_000 * 300


@pytest.mark.parametrize(
    ("n", "fraction", "largest"),
    [(10_000, 0.2, 2000), (33, 0.2, 7), (2, 0.2, 1), (10, 1.0, 10), (10, 0.0, None)],
)
def test_largest_cluster(n: int, fraction: float, largest: int | None) -> None:
    """A share of the samples, rounded, at least one; 0 means no limit."""
    assert largest_cluster(n, fraction) == largest


def test_importing_the_registry_is_light() -> None:
    """A plan needs neither scikit-learn nor SciPy."""
    heavy = ("sklearn", "numba", "scipy", "hdbscan", "fast_plscan")
    code = (
        "import sys, zsc_wh.clusterers\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_six_of_the_study() -> None:
    """Names, titles and sources of K as published."""
    entries = read_catalog().clusterers.values()
    assert {
        entry.name: (entry.title, entry.k_source)
        for entry in entries
        if "study" in entry.tags
    } == {
        "kmeans": ("K-Means", "labels"),
        "spectral": ("Spectral", "labels"),
        "ac-known": ("AC w/ C", "labels"),
        "ac-unknown": ("AC w/o C", "estimated"),
        "affinity": ("Affinity Prop", "estimated"),
        "hdbscan": ("HDBSCAN", "estimated"),
    }


def test_only_thresholds_scale_the_features() -> None:
    """AC w/o C clusters average z-scores with dimension correction; no other does."""
    for entry in read_catalog().clusterers.values():
        scaled = entry.params.get("distance_threshold") is not None
        assert entry.standardise == ("average-zscore" if scaled else "none")
        assert entry.dimension_correction is scaled


def test_settings_of_the_study_are_the_defaults() -> None:
    """The fixed settings of the published runs (arXiv 2406.02465)."""
    wanted: dict[str, dict[str, Any]] = {
        "kmeans": {
            "init": "k-means++",
            "n_init": 1,
            "max_iter": 1000,
            "tol": 1e-4,
            "algorithm": "lloyd",
        },
        "spectral": {
            "affinity": "nearest_neighbors",
            "assign_labels": "cluster_qr",
            "n_components": None,
            "eigen_solver": "arpack",
        },
        "affinity": {"preference": None, "max_iter": 1000, "convergence_iter": 15},
        "hdbscan": {
            "min_cluster_size": 5,
            "min_samples": None,
            "max_cluster_fraction": 0.2,
            "cluster_selection_method": "eom",
            "allow_single_cluster": False,
        },
    }
    found = {
        kind: {name: METHODS[kind].fields[name].default for name in names}
        for kind, names in wanted.items()
    }
    assert found == wanted


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("ac-unknown", "distance_threshold", 2.0),
        ("ac-unknown-ward-10", "distance_threshold", 10.0),
        ("ac-unknown-average-cosine-0.71", "distance_threshold", 0.71),
        ("ac-unknown-average-cosine-0.71", "metric", "cosine"),
        ("ac-known-average-chebyshev", "metric", "chebyshev"),
        ("spectral-nn50", "n_neighbors", 50),
        ("affinity-0.60", "damping", 0.6),
        ("hdbscan-l1-min2", "metric", "l1"),
        ("hdbscan-l1-min2", "min_cluster_size", 2),
    ],
)
def test_names_of_variants_say_their_parameters(
    name: str, key: str, value: object
) -> None:
    """A variant is what its name says."""
    entry = read_catalog().clusterers[name]
    assert entry.params[key] == value
    assert ("variant" in entry.tags) is (name != "ac-unknown")
