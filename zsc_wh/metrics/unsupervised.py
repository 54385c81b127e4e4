"""Internal scores: the clusters of many label vectors by the distances in one space.

Distances cost far more than what is done with them, so all label vectors of a space are
scored together. Where a score is not defined there is a reason in place of a value,
never a NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import DataError
from zsc_wh.metrics.dispersion import dispersion, dispersion_peak_bytes
from zsc_wh.metrics.labels import Codes, check_assignment, compact
from zsc_wh.metrics.silhouette import (
    MEMORY_BYTES,
    SampleSilhouettes,
    mean_silhouettes,
    sample_silhouettes,
    sampled_silhouettes,
    silhouette_peak_bytes,
)
from zsc_wh.scores import (
    INTERNAL,
    SAMPLED,
    SAMPLED_SILHOUETTES,
    SILHOUETTES,
    Score,
    check_names,
    scored,
    undefined,
)
from zsc_wh.spaces.distances import Features, check_features
from zsc_wh.spaces.tiles import tiles_of
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import IntArray

__all__ = [
    "internal_peak_bytes",
    "internal_scores",
    "silhouette_peak_bytes",
    "silhouettes",
]


def internal_scores(
    X: NDArray[Any],
    labelings: Sequence[IntArray],
    metrics: Sequence[str],
    *,
    memory_bytes: int = MEMORY_BYTES,
    device: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Score]]:
    """Score label vectors by distances.

    Parameters
    ----------
    X : (n, d) real
        Features, in memory or mapped from a file. Promoted to float64 in tiles.
    labelings : sequence of (n,) integers
        Cluster of every sample from 0; -1 leaves a sample out. Use `noise_as_cluster`
        to make noise one more cluster.
    metrics : sequence of str
        Names out of `zsc_wh.scores.INTERNAL`.
    memory_bytes : int
        Memory of the largest arrays of the silhouettes; see `silhouette_peak_bytes` for
        the whole. It changes results by rounding only.
    device : str, optional
        Where torch computes the silhouettes, such as ``cuda:0``, within 1e-9 of those
        of NumPy on the processor; these without.
    progress : callable, optional
        Called with the steps of the pass over distances that are done and in all.

    Returns
    -------
    list of dict of str to Score
        For each label vector a score a metric. ``silhouette`` is the mean over samples,
        in [-1, 1], 0 for a sample that is alone in its cluster, and so by Euclidean
        distance; ``silhouette_cosine`` and ``silhouette_manhattan`` are the same by
        others. ``silhouette_sampled`` is the mean over `zsc_wh.scores.SAMPLED` samples
        drawn at random; ``silhouette_sampled_low`` and ``silhouette_sampled_high`` are
        the ends of its 95 % interval. ``calinski_harabasz`` is at least 0, higher is
        better; ``davies_bouldin`` is at least 0, lower is better. Without a value where
        fewer than two clusters are left, where every sample left is a cluster of its
        own, and where a feature of any sample is not finite.

    Raises
    ------
    ConfigError
        For an unknown metric.
    DataError
        When `X` is not a matrix of numbers, or a label vector does not assign its
        samples.

    Notes
    -----
    The silhouettes take one pass over the distances of each kind, O(n^2 (d +
    labelings)) time, and halve it where the memory allows. Distances are right to about
    1e-9 of each, also for data far from the origin and for near copies. Equal label
    vectors are computed once. Conventions are those of scikit-learn: the cosine of a
    row of zeros with any other is 0.

    References
    ----------
    P. J. Rousseeuw, doi:10.1016/0377-0427(87)90125-7.

    Examples
    --------
    >>> X = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> labelings = [np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3])]
    >>> for scores in internal_scores(X, labelings, ["silhouette"]):
    ...     print(scores["silhouette"])
    Score(value=1.0, reason=None)
    Score(value=None, reason='every sample is a cluster of its own')
    """
    check_names(metrics, INTERNAL)
    X = check_features(X)
    encoded = [_encode(labels, X.shape[0]) for labels in labelings]
    reasons = [_why_undefined(labeling) for labeling in encoded]
    features = None if all(reasons) else Features.of(X)
    if features is None:
        reasons = [reason or "a feature is not finite" for reason in reasons]
    unique: dict[bytes, Codes] = {}
    for labeling, reason in zip(encoded, reasons, strict=True):
        if reason is None:
            unique.setdefault(labeling.codes.tobytes(), labeling)
    found: dict[bytes, dict[str, Score]] = {}
    if features is not None:
        scores = _defined(
            X,
            features,
            list(unique.values()),
            metrics,
            memory_bytes=memory_bytes,
            device=device,
            progress=progress,
        )
        found = dict(zip(unique, scores, strict=True))
    return [
        {name: undefined(reason) for name in metrics}
        if reason is not None
        else {name: found[labeling.codes.tobytes()][name] for name in metrics}
        for labeling, reason in zip(encoded, reasons, strict=True)
    ]


def silhouettes(
    X: NDArray[Any], labels: IntArray, distance: str = "euclidean"
) -> SampleSilhouettes:
    """Return the silhouette of each sample, whose mean `internal_scores` returns.

    Parameters
    ----------
    X : (n, d) real
        Features, in memory or mapped from a file.
    labels : (n,) integers
        Cluster of every sample from 0; -1 leaves a sample out.
    distance : {"euclidean", "cosine", "manhattan"}
        What is measured.

    Returns
    -------
    SampleSilhouettes
        `value`, (n,) float64 from -1 to 1: above 0 where a sample is nearer to its own
        cluster than to any other, 0 where it is alone in it, NaN where it is left out;
        and `nearest`, (n,) int64, the nearest other cluster by its number in `labels`,
        -1 where it is left out.

    Raises
    ------
    DataError
        When `X` is not a matrix of numbers, `labels` do not assign its samples, or no
        silhouette is defined: fewer than two clusters, each sample a cluster of its
        own, a feature that is not finite.

    References
    ----------
    P. J. Rousseeuw, doi:10.1016/0377-0427(87)90125-7.

    Examples
    --------
    >>> X = np.array([[0.0], [0.0], [4.0], [5.0]])
    >>> silhouettes(X, np.array([3, 3, 0, 0])).value.round(2).tolist()
    [1.0, 1.0, 0.75, 0.8]
    """
    X = check_features(X)
    labeling = _encode(labels, X.shape[0])
    reason = _why_undefined(labeling)
    features = None if reason else Features.of(X)
    if features is None:
        raise DataError(
            what=f"no silhouette is defined: {reason or 'a feature is not finite'}"
        )
    found = sample_silhouettes(tiles_of(X, features, distance), labeling)
    clusters = np.unique(labels[labels >= 0]).astype(np.int64)
    nearest = np.where(found.nearest < 0, -1, clusters[found.nearest])
    return found._replace(nearest=nearest)


def internal_peak_bytes(n: int, d: int, clusters: Sequence[int]) -> int:
    """Forecast the memory of `internal_scores`, besides the features, in bytes.

    Parameters
    ----------
    n, d : int
        Samples and features.
    clusters : sequence of int
        Clusters of each label vector.
    """
    return max(
        silhouette_peak_bytes(n, d, sum(clusters), n_labelings=len(clusters)),
        dispersion_peak_bytes(n, d, max(clusters, default=0)),
    )


def _encode(labels: IntArray, n: int) -> Codes:
    """Renumber clusters without gaps; -1 stays."""
    labels = check_assignment(labels, "label vector")
    if labels.size != n:
        raise DataError(
            what=f"{counted(labels.size, 'label')} for {counted(n, 'sample')}",
            where="label vector",
            hint="Pass one label a row of the features.",
        )
    inside = labels >= 0
    codes = np.full(n, -1, dtype=np.int64)
    codes[inside], sizes = compact(labels[inside])
    return Codes(codes, sizes)


def _why_undefined(labeling: Codes) -> str | None:
    n = int(labeling.sizes.sum())
    if labeling.codes.size == 0:
        return "there is no sample"
    if n == 0:
        return "no sample is in a cluster"
    if labeling.sizes.size < 2:
        return "there is only one cluster"
    if labeling.sizes.size == n:
        return "every sample is a cluster of its own"
    return None


def _defined(
    X: NDArray[Any],
    features: Features,
    labelings: Sequence[Codes],
    metrics: Sequence[str],
    *,
    memory_bytes: int,
    device: str | None,
    progress: Callable[[int, int], None] | None,
) -> list[dict[str, Score]]:
    """Score label vectors for which every metric is defined."""
    found: list[dict[str, Score]] = [{} for _ in labelings]
    passes = [metric for metric in SILHOUETTES if metric in metrics]
    is_sampled = any(metric in metrics for metric in SAMPLED_SILHOUETTES)
    legs = len(passes) + is_sampled
    for number, metric in enumerate(passes):
        values = mean_silhouettes(
            tiles_of(X, features, SILHOUETTES[metric], device),
            labelings,
            memory_bytes=memory_bytes,
            progress=_part_of(progress, number, legs),
        )
        for scores, value in zip(found, values, strict=True):
            scores[metric] = scored(value)
    if is_sampled:
        estimates = sampled_silhouettes(
            tiles_of(X, features, "euclidean", device),
            labelings,
            SAMPLED,
            memory_bytes=memory_bytes,
            progress=_part_of(progress, len(passes), legs),
        )
        for scores, estimate in zip(found, estimates, strict=True):
            ends = zip(SAMPLED_SILHOUETTES, estimate, strict=True)
            scores.update({name: scored(value) for name, value in ends})
    if {"calinski_harabasz", "davies_bouldin"} & set(metrics):
        for scores, labeling in zip(found, labelings, strict=True):
            both = dispersion(features, labeling)
            scores["calinski_harabasz"] = scored(both.calinski_harabasz)
            scores["davies_bouldin"] = scored(both.davies_bouldin)
    return found


def _part_of(
    progress: Callable[[int, int], None] | None, number: int, passes: int
) -> Callable[[int, int], None] | None:
    """Return what tells the progress of one of several passes, taken as equal."""
    if progress is None:
        return None
    return lambda done, whole: progress(number * whole + done, passes * whole)
