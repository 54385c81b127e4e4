"""Why a clustering is degenerate, where a threshold alone decided it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zsc_wh import clusterers
from zsc_wh.errors import NotApplicableError
from zsc_wh.fields import complete
from zsc_wh.store import Store
from zsc_wh.work.cluster import ClusterTask
from zsc_wh.work.linkage import LinkageTask

if TYPE_CHECKING:
    from pathlib import Path

X = np.array([[0.0], [3.0], [10.0], [12.0]])
WARD: dict[str, Any] = {"linkage": "single"}


def run(tmp_path: Path, kind: str, given: dict[str, Any], exponent: int) -> Any:
    """Return status and reason of a clustering of `X` times a power of two."""
    store = Store(tmp_path / "store")
    store.put("a" * 64, np.ldexp(X, exponent), lambda _: {})
    asked: dict[str, Any] = {
        "array_key": "a" * 64,
        "kind": kind,
        "params": complete(clusterers.METHODS[kind].fields, given),
        "standardise": "none",
        "dimension_correction": False,
        "dtype": "float64",
    }
    if kind in clusterers.TREES:
        grown = LinkageTask(key="b" * 64, **asked)
        grown.run(store, lambda _done, _total: None)
        asked["array_key"] = grown.key
    task = ClusterTask(cell_key="c" * 64, missing=(), n_clusters=None, seed=0, **asked)
    (row,) = task.run(store, lambda _done, _total: None).rows["run"]
    return row["status"], row["reason"]


@pytest.mark.parametrize("exponent", [0, 200])
@pytest.mark.parametrize(
    ("threshold", "reason"),
    [
        (
            1.0,
            "every sample is a cluster of its own: distance_threshold {} does not "
            "exceed the smallest merge height, {}",
        ),
        (
            7.5,
            "one cluster: distance_threshold {} exceeds the largest merge height, {}",
        ),
        (2.5, None),
    ],
)
def test_a_threshold_beside_the_merge_heights_is_named(
    tmp_path: Path, threshold: float, reason: str | None, exponent: int
) -> None:
    """With both numbers, in the unit of the features: merges are at 2, 3 and 7."""
    given = {**WARD, "distance_threshold": threshold * 2.0**exponent}
    status, found = run(tmp_path, "agglomerative", given, exponent)
    if reason is None:
        assert (status, found) == ("done", None)
        return
    height = 2.0 if threshold < 2 else 7.0
    sizes = (f"{size * 2.0**exponent:g}" for size in (threshold, height))
    assert (status, found) == ("degenerate", reason.format(*sizes))


@pytest.mark.parametrize("exponent", [0, 100])
@pytest.mark.parametrize(
    ("preference", "reason"),
    [
        (
            -2000.0,
            "one cluster: preference {} does not exceed the smallest similarity, {}",
        ),
        (
            -1.0,
            "every sample is a cluster of its own: preference {} exceeds the largest "
            "similarity, {}",
        ),
    ],
)
def test_a_preference_beside_the_similarities_is_named(
    tmp_path: Path, preference: float, reason: str, exponent: int
) -> None:
    """Similarities are from -12 squared to -2 squared."""
    unit = 4.0**exponent
    found = run(tmp_path, "affinity", {"preference": preference * unit}, exponent)
    similarity = -144.0 if preference < -2 else -4.0
    sizes = (f"{size * unit:g}" for size in (preference, similarity))
    assert found == ("degenerate", reason.format(*sizes))


@pytest.mark.parametrize(
    ("kind", "given", "exponent", "reason"),
    [
        ("agglomerative", {"distance_threshold": 5.0}, -900, "one cluster: .* exceeds"),
        ("agglomerative", {"distance_threshold": 5.0}, 900, "its own: .* not exceed"),
        ("affinity", {"preference": -5.0}, -900, "one cluster: .* does not exceed"),
        ("affinity", {"preference": -5.0}, 500, "of its own: .* exceeds"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_threshold_of_another_world_is_named(
    tmp_path: Path, kind: str, given: dict[str, Any], exponent: int, reason: str
) -> None:
    """Brought into the unit of the features it would be infinite, or 0."""
    status, found = run(tmp_path, kind, given, exponent)
    assert status == "degenerate"
    assert re.search(reason, found)


@pytest.mark.parametrize(
    ("gamma", "affinity", "size"), [(1e3, "0", "large"), (1e-20, "1", "small")]
)
@pytest.mark.parametrize("exponent", [0, 100])
def test_a_gamma_that_makes_all_affinities_equal_is_refused(
    gamma: float, affinity: str, size: str, exponent: int
) -> None:
    """The library would cluster rounding, or nothing."""
    method = clusterers.METHODS["spectral"]
    given = {"affinity": "rbf", "gamma": gamma / 4.0**exponent}
    reason = f"any two samples is {affinity}: gamma is too {size}"
    with pytest.raises(NotApplicableError, match=reason):
        method.fit(np.ldexp(X, exponent), complete(method.fields, given), 2, 0)
