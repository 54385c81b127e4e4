"""PLSCAN is the library's, with one thread whatever the process may use."""

from __future__ import annotations

from typing import Any

import fast_plscan
import numpy as np
import pytest

from tests.clusterers.made import DTYPES, INPUTS, digits, params
from zsc_wh.clusterers import METHODS
from zsc_wh.scaling import unit_rows

METHOD = METHODS["plscan"]


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"min_samples": 3},
        {"min_samples": 3, "min_cluster_size": 8},
        {"metric": "l1"},
        {"metric": "chebyshev"},
        {"persistence_measure": "size-density"},
    ],
    ids=str,
)
def test_every_parameter_reaches_the_library(
    name: str, dtype: str, given: dict[str, Any]
) -> None:
    """What is declared is what is computed; features count as float32."""
    oracle = fast_plscan.PLSCAN(num_threads=1, **given).fit(INPUTS[name]("float64"))
    found = METHOD.fit(INPUTS[name](dtype), params("plscan", **given), None, 0)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert (found.n_iter, found.converged, found.notes) == (None, None, ())


def test_arccos_is_euclidean_on_unit_rows() -> None:
    """The angle is measured by the chord."""
    X = digits()
    oracle = fast_plscan.PLSCAN(num_threads=1).fit(unit_rows(X))
    found = METHOD.fit(X, params("plscan", metric="arccos"), None, 0)
    np.testing.assert_array_equal(found.labels, oracle.labels_)


def test_one_thread_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two, ties among whole numbers are merged in another order, now and then."""
    used = []
    real = fast_plscan.PLSCAN

    def watched(**given: Any) -> fast_plscan.PLSCAN:
        used.append(given.get("num_threads"))
        return real(**given)

    monkeypatch.setattr(fast_plscan, "PLSCAN", watched)
    METHOD.fit(digits(), params("plscan"), None, 0)
    assert used == [1]


def test_sizes_below_the_neighbours_are_refused() -> None:
    """What the library would refuse is refused when it is declared."""
    fault = METHOD.fault(params("plscan", min_samples=6, min_cluster_size=5))
    assert fault == "min_cluster_size (5) must be at least min_samples (6)"
    assert METHOD.fault(params("plscan", min_samples=6, min_cluster_size=6)) is None
