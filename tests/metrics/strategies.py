"""Generated label vectors and spaces, and plain formulas to hold the fast ones to."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import CountArray
    from zsc_wh.scores import Score

QUICK = settings(derandomize=True, max_examples=40, deadline=None, database=None)
"""The same examples in every run."""


@st.composite
def labels(draw: st.DrawFn, n: int, lowest: int = 0) -> CountArray:
    """Draw a label vector, of one cluster up to all singletons."""
    n_clusters = draw(st.integers(1, n))
    label = st.integers(lowest, n_clusters - 1)
    return np.array(draw(st.lists(label, min_size=n, max_size=n)), dtype=np.int64)


@st.composite
def label_pairs(
    draw: st.DrawFn, lowest: int = 0, most: int = 40
) -> tuple[CountArray, CountArray]:
    """Draw labels and an assignment of the same samples."""
    n = draw(st.integers(1, most))
    return draw(labels(n)), draw(labels(n, lowest))


@st.composite
def spaces(
    draw: st.DrawFn, most: int = 40
) -> tuple[NDArray[np.float64], list[CountArray]]:
    """Draw features, with an offset and copies of samples, and label vectors."""
    n = draw(st.integers(3, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(n, draw(st.integers(1, 6))))
    X += draw(st.sampled_from([0.0, 1.0, 100.0]))
    if draw(st.booleans()):
        X[: n // 2] = X[n - n // 2 :]
    return X, [draw(labels(n, -1)) for _ in range(draw(st.integers(1, 3)))]


def defined(score: Score) -> float:
    """Return the value of a score that must have one."""
    assert score.reason is None
    assert type(score.value) is float
    return score.value


def quietly(oracle: Callable[..., Any], *args: Any) -> float:
    """Call scikit-learn without its warning that labels look like a regression."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The number of unique classes")
        return float(oracle(*args))


def plain_davies_bouldin(X: NDArray[Any], codes: CountArray) -> float:
    """Return the mean over clusters of the worst ratio, from exact differences."""
    X, codes = np.asarray(X, dtype=np.float64)[codes >= 0], codes[codes >= 0]
    groups = [X[codes == own] for own in sorted(set(codes))]
    centroids = np.array([group.mean(axis=0) for group in groups])
    spreads = [
        float(np.linalg.norm(group - centroid, axis=1).mean())
        for group, centroid in zip(groups, centroids, strict=True)
    ]
    ratios = np.add.outer(spreads, spreads)
    gaps = cdist(centroids, centroids)
    np.fill_diagonal(gaps, np.inf)
    return float((ratios / gaps).max(axis=1).mean())


def plain_silhouette(X: NDArray[Any], codes: CountArray) -> float:
    """Return the mean silhouette by its definition, from exact differences."""
    X, codes = np.asarray(X, dtype=np.float64)[codes >= 0], codes[codes >= 0]
    gaps = cdist(X, X)
    found = []
    for i, own in enumerate(codes):
        same = codes == own
        if same.sum() == 1:
            found.append(0.0)
            continue
        a = gaps[i, same].sum() / (same.sum() - 1)
        b = min(gaps[i, codes == other].mean() for other in set(codes) - {own})
        found.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return float(np.mean(found))
