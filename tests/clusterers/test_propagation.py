"""Propagation equals scikit-learn's AffinityPropagation in every number it gives."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import AffinityPropagation
from sklearn.exceptions import ConvergenceWarning

from tests.clusterers.made import DTYPES, blobs, digits
from tests.devices import DEVICES
from zsc_wh.clusterers import device_messages, propagation
from zsc_wh.clusterers.propagation import Propagation, propagate

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETTINGS: dict[str, Any] = {
    "damping": 0.9,
    "preference": None,
    "max_iter": 1000,
    "convergence_iter": 15,
}


def normal(n: int, d: int, scale: float = 1.0) -> NDArray[np.float64]:
    """Return one cloud of samples."""
    return np.random.default_rng(n + d).normal(size=(n, d)) * scale


INPUTS: dict[str, NDArray[Any]] = {
    "digits": digits(),
    "far groups": blobs(),
    "near groups": blobs(n=200, far=2.0),
    "a cloud": normal(257, 3),
    "a line": normal(100, 1),
    "many dimensions": normal(90, 200),
    "tiny": normal(80, 4, 1e-9),
    "huge": normal(80, 4, 1e9),
    "copies": np.repeat(normal(12, 3), 5, axis=0),
    "a grid of ties": np.stack(np.meshgrid(*[np.arange(9.0)] * 2), -1).reshape(-1, 2),
    "three samples": normal(3, 2),
    "a far sample": np.vstack([normal(60, 2), [[1e4, 0.0]]]),
    "more rows than a block of noise": normal(600, 2),
}
on_inputs = pytest.mark.parametrize("name", INPUTS)
on_dtypes = pytest.mark.parametrize("dtype", DTYPES)


def assert_equal(X: NDArray[Any], seed: int = 0, **given: Any) -> Propagation:
    """Compare exemplars, labels, iterations and convergence."""
    settings = {**SETTINGS, **given}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        oracle = AffinityPropagation(random_state=seed, **settings).fit(X)
    found = propagate(X, seed=seed, **settings)
    stopped = any(warning.category is ConvergenceWarning for warning in caught)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    np.testing.assert_array_equal(
        found.exemplars, np.asarray(oracle.cluster_centers_indices_, dtype=np.intp)
    )
    assert (found.n_iter, found.converged) == (oracle.n_iter_, not stopped)
    return found


@on_inputs
@on_dtypes
@pytest.mark.parametrize("damping", [0.5, 0.9])
def test_equal_to_scikit_learn(name: str, dtype: str, damping: float) -> None:
    """With ties, copies and any scale, whether it converges or swings to the limit."""
    assert_equal(INPUTS[name].astype(dtype), damping=damping, max_iter=300)


@on_dtypes
@pytest.mark.parametrize("seed", [1, 2, 2**32 - 1])
def test_equal_for_every_seed(dtype: str, seed: int) -> None:
    """The noise that breaks ties is the same draw."""
    assert_equal(INPUTS["copies"].astype(dtype), seed=seed)


@on_dtypes
@pytest.mark.parametrize("preference", [-1e6, -300.0, -1.0, 0.0, 5.0])
def test_equal_for_every_preference(dtype: str, preference: float) -> None:
    """From one cluster to each sample for itself."""
    assert_equal(digits(dtype, 150), preference=preference)


@on_dtypes
@pytest.mark.parametrize(("max_iter", "convergence_iter"), [(1, 15), (25, 15), (60, 1)])
def test_equal_at_the_limit(dtype: str, max_iter: int, convergence_iter: int) -> None:
    """Stopping early, with or without an exemplar, or as soon as nothing changes."""
    assert_equal(
        digits(dtype, 150), max_iter=max_iter, convergence_iter=convergence_iter
    )


@on_dtypes
@pytest.mark.parametrize(
    "X",
    [np.ones((1, 2)), np.ones((2, 2)), np.ones((9, 2)), np.eye(5), np.eye(2) * 3],
    ids=["one", "two equal", "equal", "equal distances", "two"],
)
@pytest.mark.parametrize("preference", [None, -30.0, 1.0])
def test_equal_without_iterations(
    X: NDArray[Any], dtype: str, preference: float | None
) -> None:
    """All similarities equal: one cluster or all apart, by the preference."""
    assert assert_equal(X.astype(dtype), preference=preference).n_iter == 0


@on_dtypes
def test_noise_is_one_draw(dtype: str) -> None:
    """Drawn in blocks of rows it is the noise of one draw, for zeros too."""
    n = 2 * propagation._BLOCK + 3
    found = np.zeros((n, n), dtype=dtype)
    found[:, 1::2] = -7.5
    kind = np.finfo(found.dtype)
    noise = np.random.RandomState(5).standard_normal((n, n))
    expected = found.copy()
    expected += (kind.eps * expected + kind.tiny * 100) * noise
    propagation._break_ties(found, np.random.RandomState(5))
    np.testing.assert_array_equal(found, expected)


@on_dtypes
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("n", [2, 60, 200])
def test_messages_are_equal_bit_for_bit(dtype: str, threads: int, n: int) -> None:
    """Each number of each message after each of some iterations, not labels alone."""
    X = digits(dtype, n)
    similarities = -((X[:, None] - X[None]) ** 2).sum(axis=-1)
    a, r = np.zeros((2, n, n))
    chosen = np.zeros(n, dtype=bool)
    with ThreadPoolExecutor(threads) as pool:
        messages = propagation._Messages(similarities, "float64", 0.7, threads, pool)
        messages.step(chosen)
        for _ in range(20):
            _respond(similarities, a, r, damping=0.7)
            np.testing.assert_array_equal(messages.responsibilities, r)
            _make_available(a, r, damping=0.7)
            messages.step(chosen)
            np.testing.assert_array_equal(messages.availabilities, a)
            np.testing.assert_array_equal(chosen, np.diag(a) + np.diag(r) > 0)


@pytest.mark.parametrize("name", ["digits", "more rows than a block of noise"])
def test_threads_change_nothing(name: str) -> None:
    """Nor do they in float32, whose sums a different order would change."""
    for precision in ("float64", "float32"):
        one, three = (
            propagate(INPUTS[name], **SETTINGS, seed=0, threads=n, precision=precision)
            for n in (1, 3)
        )
        np.testing.assert_array_equal(one.labels, three.labels)
        assert one.n_iter == three.n_iter


@pytest.mark.parametrize("name", ["digits", "far groups", "a cloud"])
def test_float32_finds_what_float64_does(name: str) -> None:
    """Where nothing is close; messages and similarities are of that type."""
    half = propagate(INPUTS[name], **SETTINGS, seed=0, precision="float32")
    whole = propagate(INPUTS[name].astype(np.float32), **SETTINGS, seed=0)
    np.testing.assert_array_equal(half.exemplars, whole.exemplars)
    with ThreadPoolExecutor(1) as pool:
        similarities = np.zeros((4, 4), np.float32)
        messages = propagation._Messages(similarities, "float32", 0.5, 1, pool)
    assert messages.availabilities.dtype == messages.responsibilities.dtype == "float32"


def _respond(
    s: NDArray[Any], a: NDArray[Any], r: NDArray[Any], *, damping: float
) -> None:
    """Update the responsibilities by whole matrices."""
    rows = np.arange(len(s))
    both = a + s
    best = both.argmax(axis=1)
    largest = both[rows, best]
    both[rows, best] = -np.inf
    new = s - largest[:, None]
    new[rows, best] = s[rows, best] - both.max(axis=1)
    r[:] = r * damping + new * (1 - damping)


def _make_available(a: NDArray[Any], r: NDArray[Any], *, damping: float) -> None:
    """Update the availabilities by whole matrices."""
    positive = np.maximum(r, 0)
    np.fill_diagonal(positive, np.diag(r))
    new = positive - positive.sum(axis=0)
    own = np.diag(new).copy()
    new = np.maximum(new, 0)
    np.fill_diagonal(new, own)
    a[:] = a * damping - new * (1 - damping)


NO_TIES = sorted({*INPUTS} - {"a grid of ties", "copies"})


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("name", NO_TIES)
def test_a_device_finds_the_same_exemplars(
    monkeypatch: pytest.MonkeyPatch, name: str, precision: str, device: str
) -> None:
    """And labels and iterations, in blocks of rows; no rounding decides among these."""
    monkeypatch.setattr(device_messages, "_TILE", 50 * len(INPUTS[name]))
    ours, theirs = (
        propagate(INPUTS[name], seed=0, precision=precision, device=each, **SETTINGS)
        for each in (None, device)
    )
    np.testing.assert_array_equal(theirs.exemplars, ours.exemplars)
    np.testing.assert_array_equal(theirs.labels, ours.labels)
    assert (theirs.n_iter, theirs.converged) == (ours.n_iter, ours.converged)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_messages_of_a_device_are_those_of_the_processor(
    dtype: Any, device: str
) -> None:
    """Each within 1e-12 of the largest after thirty steps."""
    X = normal(70, 3).astype(dtype)
    similarities = propagation._similarities(X)
    np.fill_diagonal(similarities, np.median(similarities))
    chosen = np.zeros((2, len(X)), dtype=bool)
    theirs = device_messages.DeviceMessages(similarities, "float64", 0.7, device)
    with ThreadPoolExecutor(1) as pool:
        ours = propagation._Messages(similarities, "float64", 0.7, 1, pool)
        for _ in range(30):
            ours.step(chosen[0])
            theirs.step(chosen[1])
            np.testing.assert_array_equal(chosen[1], chosen[0])
    assert chosen.any()
    for name in ("availabilities", "responsibilities"):
        expected = getattr(ours, name)
        found = getattr(theirs, f"_{name}").cpu().numpy()
        np.testing.assert_allclose(found, expected, atol=1e-12 * abs(expected).max())
