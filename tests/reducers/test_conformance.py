from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.reducers import made
from tests.reducers.made import features, params
from zsc_wh.declare import read_catalog
from zsc_wh.errors import ComputeError, DataError, NotApplicableError
from zsc_wh.fields import REQUIRED, Field
from zsc_wh.reducers import METHODS, Reduced, ReducerMethod
from zsc_wh.sizes import Shape

GIVEN: dict[str, dict[str, Any]] = {
    "none": {"zscore": True},
    "pca": {"n_components": 5},
    "umap": {"n_components": 2, "n_epochs": 5},
    "pacmap": {"n_components": 3, "num_iters": [5, 5, 5]},
    "tsne": {"max_iter": 250},
    "python": {"params": {"n_components": 3}},
}
IN_FLOAT32 = {"umap", "pacmap", "tsne"}
kinds = pytest.mark.parametrize("kind", METHODS)
quick_kinds = pytest.mark.parametrize("kind", sorted(set(METHODS) - {"umap"}))


def test_every_kind_is_tried() -> None:
    """The parameters of this suite cover the registry."""
    assert set(GIVEN) == set(METHODS)
    assert all(method.name == kind for kind, method in METHODS.items())


@kinds
def test_defaults_are_allowed_values(kind: str) -> None:
    """A default that is set passes its own check; what must be given is known."""
    fields = METHODS[kind].fields
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


@quick_kinds
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_result_is_of_a_known_type_and_repeats(kind: str, dtype: str) -> None:
    """Twice the same from one process; the input may be read-only and stays."""
    X = features(dtype)
    before = X.copy()
    X.flags.writeable = False
    first, again = (METHODS[kind].fit(X, params(kind, **GIVEN[kind]), 3) for _ in "ab")
    np.testing.assert_array_equal(first.array, again.array)
    np.testing.assert_array_equal(X, before)
    assert first.array.dtype == ("float32" if kind in IN_FLOAT32 else dtype)
    assert first.array.flags.c_contiguous
    assert first.array.shape[0] == len(X)
    assert first.notes == ()


@kinds
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused(kind: str, bad: float) -> None:
    """The error names the sample."""
    X = features()
    X[4, 2] = bad
    asked = params(kind, **GIVEN[kind])
    with pytest.raises(DataError, match="sample 4"):
        METHODS[kind].fit(X, asked, 0)


@kinds
@pytest.mark.parametrize("value", [0.0, 0.1])
def test_equal_samples(kind: str, value: float) -> None:
    """Only `none` has an answer; the others say that there is nothing to reduce."""
    X = np.full((60, 8), value)
    method, asked = METHODS[kind], params(kind, **GIVEN[kind])
    if kind == "none":
        assert not method.fit(X, asked, 0).array.any()
    else:
        with pytest.raises(NotApplicableError, match="all samples are equal"):
            method.fit(X, asked, 0)


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """No parameters."""


def test_a_result_that_is_not_finite_is_an_error() -> None:
    """No reducer can store NaN; the notes of the library come with the error."""
    method = ReducerMethod(
        name="broken",
        doc="no number",
        params=Nothing,
        reduce=lambda X, _params, _seed: Reduced(X * np.nan, notes=("A: lost",)),
        uses_seed=False,
        cost_bytes=lambda _shape, _params: 0,
        cost_seconds=lambda _shape, _params: 0.0,
        library="numpy",
    )
    X = features()
    with pytest.raises(ComputeError, match="NaN or infinity") as caught:
        method.fit(X, {}, 0)
    assert caught.value.hint == "A: lost"


@kinds
@pytest.mark.parametrize("name", ["peak_bytes", "seconds"])
def test_forecast_is_positive_and_grows(kind: str, name: str) -> None:
    """More samples or features never cost less; the input itself is counted."""
    forecast = getattr(METHODS[kind], name)
    asked = params(kind, **GIVEN[kind])
    costs = [forecast(Shape(n, 300), asked) for n in (10, 1000, 50_000, 100_000)]
    assert costs == sorted(costs)
    assert costs[0] > 0
    assert forecast(Shape(1000, 2000), asked) > costs[1]
    if name == "peak_bytes":
        assert all(type(cost) is int for cost in costs)
        assert costs[2] > 8 * 50_000 * 300 - 1


def test_importing_the_registry_is_light() -> None:
    """A plan needs neither scikit-learn nor umap-learn nor pacmap nor SciPy."""
    heavy = ("sklearn", "umap", "pacmap", "faiss", "numba", "scipy")
    code = (
        "import sys, zsc_wh.reducers\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("umap", {"umap-2", "umap-50"}),
        ("pacmap", {"pacmap-2", "pacmap-50"}),
        ("tsne", {"tsne-2"}),
        ("map", {"umap-2", "pacmap-2", "tsne-2"}),
        (
            "pca",
            {f"pca-0.{share}" for share in (70, 75, 80, 85, 90, 95)}
            | {"pca-50", "pca-100", "pca-200"},
        ),
        (
            "study",
            {f"pca-0.{share}" for share in (70, 75, 80, 85, 90, 95)}
            | {"none", "zscore", "pca-100", "pca-200", "umap-50"},
        ),
    ],
)
def test_tags_of_the_catalog(tag: str, names: set[str]) -> None:
    """Each tag selects what it says."""
    entries = read_catalog().reducers.values()
    assert {entry.name for entry in entries if tag in entry.tags} == names


def test_names_of_the_catalog_say_the_parameters() -> None:
    """A share, a number of components or the z-score is what the name says."""
    reducers = read_catalog().reducers
    for name, entry in reducers.items():
        head, size, engine = (*name.split("-"), "", "")[:3]
        assert engine == ("manifolds" if "manifolds" in entry.tags else "")
        assert not engine or entry.params["engine"] == engine
        assert entry.kind == ("none" if head == "zscore" else head)
        assert entry.params["zscore"] is (head in ("pca", "zscore"))
        key = "variance" if "." in size else "n_components"
        assert not size or entry.params[key] == float(size)
    assert reducers["none"].is_identity


def test_umap_has_the_settings_of_the_study() -> None:
    """30 neighbours, no minimal distance, Euclidean, raw."""
    asked = read_catalog().reducers["umap-50"].params
    assert asked == {
        "zscore": False,
        "n_neighbors": 30,
        "n_components": 50,
        "min_dist": 0.0,
        "spread": 1.0,
        "metric": "euclidean",
        "learning_rate": 1.0,
        "negative_sample_rate": 5,
        "n_epochs": None,
        "init": "spectral",
        "neighbours": "library",
        "engine": "umap-learn",
    }


def test_pacmap_has_the_settings_of_the_study() -> None:
    """Neighbours by the number of samples, Euclidean, PCA to start from alone, raw."""
    asked = read_catalog().reducers["pacmap-50"].params
    assert asked == {
        "zscore": False,
        "n_components": 50,
        "n_neighbors": None,
        "MN_ratio": 0.5,
        "FP_ratio": 2.0,
        "metric": "euclidean",
        "lr": 1.0,
        "num_iters": [100, 100, 250],
        "apply_pca": False,
        "init": "pca",
    }


def test_tsne_has_the_settings_of_the_study() -> None:
    """The exact method, all else as scikit-learn has it; the picture takes trees."""
    defaults = params("tsne")
    assert defaults == {
        "zscore": False,
        "n_components": 2,
        "perplexity": 30.0,
        "metric": "euclidean",
        "method": "exact",
        "early_exaggeration": 12.0,
        "learning_rate": None,
        "max_iter": 1000,
        "init": "pca",
    }
    drawn = read_catalog().reducers["tsne-2"].params
    assert drawn == {**defaults, "method": "barnes_hut"}


def test_fields_are_fields() -> None:
    """The checker of declarations can rely on them."""
    assert all(
        isinstance(field, Field)
        for method in METHODS.values()
        for field in method.fields.values()
    )
