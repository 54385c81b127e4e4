"""External scores: an assignment against labels.

All metrics of one pair of label vectors come from one contingency table. Where a
partition is trivial the values are those of scikit-learn, so that numbers can be
compared; where a metric is not defined at all there is a reason in place of a value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.metrics.contingency import Contingency
from zsc_wh.metrics.labels import check_assignment, check_labels
from zsc_wh.scores import EXTERNAL, Score, check_names, scored, undefined
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zsc_wh.metrics.labels import BoolArray, IntArray

SUBSETS = ("all", "clustered")
"""Which samples count: all, noise being one more cluster, or those in a cluster."""

_EPSILON = float(np.finfo(np.float64).eps)


def external_scores(
    true: IntArray,
    pred: IntArray,
    metrics: Sequence[str],
    *,
    subset: str,
    missing: BoolArray | None = None,
) -> dict[str, Score]:
    """Score an assignment against labels.

    Parameters
    ----------
    true : (n,) integers
        Class of every sample; any integers.
    pred : (n,) integers
        Cluster of every sample from 0, -1 for noise.
    metrics : sequence of str
        Names out of `zsc_wh.scores.EXTERNAL`.
    subset : {"all", "clustered"}
        With ``all`` noise is one more cluster; with ``clustered`` it is left out.
    missing : (n,) bool, optional
        True where a sample has no label; such samples are left out.

    Returns
    -------
    dict of str to Score
        One score a metric. Higher is better for all; 1 for equal partitions; ``ami``,
        ``ami_true`` and ``ari`` are near 0 for an assignment at random. Without a
        value where no sample is left, and for ``ami_true`` where there is one class or
        every sample is a cluster of its own.

    Raises
    ------
    ConfigError
        For an unknown metric or subset.
    DataError
        When the vectors are not integers, differ in length, or `pred` is below -1.

    Notes
    -----
    Special cases are those of scikit-learn: two trivial partitions are equal, so they
    score 1, except for Fowlkes-Mallows where no pair is together; one trivial
    partition has ``ami`` 0. O(n) time for labels without large gaps, plus
    `zsc_wh.partitions.expectation.expected_joint` for ``ami`` and ``ami_true``, which
    share it.

    ``ami`` is (I - E[I]) / ((H(true) + H(pred)) / 2 - E[I]) and ``ami_true`` is
    (I - E[I]) / (H(true) - E[I]): the share of the entropy of the labels that is
    explained beyond chance. ``ami_true`` is 1 as soon as every cluster is pure.

    References
    ----------
    N. X. Vinh, J. Epps, J. Bailey, JMLR 11 (2010) 2837-2854.
    L. Hubert, P. Arabie, doi:10.1007/BF01908075.
    E. B. Fowlkes, C. L. Mallows, doi:10.1080/01621459.1983.10478008.
    A. Rosenberg, J. Hirschberg, "V-measure", EMNLP-CoNLL (2007) 410-420.
    Y. Yang et al., "Image clustering using local discriminant models and global
    integration", doi:10.1109/TIP.2010.2049235 (clustering accuracy).

    Examples
    --------
    >>> true = np.array([0, 0, 1, 1])
    >>> external_scores(true, np.array([1, 1, 0, 0]), ["ami"], subset="all")
    {'ami': Score(value=1.0, reason=None)}
    >>> external_scores(true, np.array([0, 0, 0, 0]), ["ami"], subset="all")
    {'ami': Score(value=0.0, reason=None)}
    >>> external_scores(true, np.full(4, -1), ["ari"], subset="clustered")
    {'ari': Score(value=None, reason='no sample is in a cluster')}
    """
    check_names(metrics, EXTERNAL)
    if subset not in SUBSETS:
        raise ConfigError(
            what=f"no subset '{subset}'", hint=f"Use one of {', '.join(SUBSETS)}."
        )
    true = check_labels(true, "labels")
    pred = check_assignment(pred, "assignment")
    _check_lengths(true, pred, missing)
    if true.size == 0:
        return dict.fromkeys(metrics, undefined("there is no sample"))
    clustered = pred >= 0
    if subset == "clustered" and not clustered.any():
        return dict.fromkeys(metrics, undefined("no sample is in a cluster"))
    if missing is not None and missing.any():
        true, pred, clustered = true[~missing], pred[~missing], clustered[~missing]
        if true.size == 0:
            return dict.fromkeys(metrics, undefined("no sample has a label"))
    if subset == "clustered" and not clustered.all():
        true, pred = true[clustered], pred[clustered]
        if true.size == 0:
            reason = "no sample that has a label is in a cluster"
            return dict.fromkeys(metrics, undefined(reason))
    table = Contingency.of(true, pred)
    return {name: _FUNCTIONS[name](table) for name in metrics}


def _check_lengths(true: IntArray, pred: IntArray, missing: BoolArray | None) -> None:
    if true.size != pred.size:
        raise DataError(
            what=f"{counted(true.size, 'label')} but {counted(pred.size, 'sample')} "
            "in the assignment",
            hint="Pass one of each a sample.",
        )
    if missing is not None and (
        missing.dtype.kind != "b" or missing.shape != true.shape
    ):
        raise DataError(
            what=f"must be {true.size} booleans, not {missing.dtype} {missing.shape}",
            where="missing",
            hint="Mark every sample: true where it has no label.",
        )


def _ami(table: Contingency) -> Score:
    if table.identical:
        # two trivial partitions too: 0 / 0 by the formula, but a perfect match
        return scored(1.0)
    if 1 in (table.n_true, table.n_pred):
        return scored(0.0)
    return scored(_beyond_chance(table, sum(table.joint_bounds) / 2))


def _ami_true(table: Contingency) -> Score:
    if table.n_true == 1:
        return undefined("all labels are of one class")
    if table.n_pred == table.n:
        return undefined("every sample is a cluster of its own")
    if table.n_pred == 1:
        return scored(0.0)
    # H(true) - E[I] = (sum over clusters of x ln x - its expectation over cells) / n
    return scored(_beyond_chance(table, table.joint_bounds[1]))


def _beyond_chance(table: Contingency, best: float) -> float:
    """Return how far `joint` is on the way from its expectation to `best`."""
    chance = table.joint_expected
    # best > chance here; rounding alone could bring the difference to 0
    return min((table.joint - chance) / max(best - chance, _EPSILON), 1.0)


def _nmi(table: Contingency) -> Score:
    if table.n_true == table.n_pred == 1:
        return scored(1.0)
    mean = (table.true_entropy + table.pred_entropy) / 2
    return scored(min(table.mutual_information / mean, 1.0))


def _ari(table: Contingency) -> Score:
    both, only_true, only_pred, apart = table.pairs
    if only_true == only_pred == 0:
        return scored(1.0)
    return scored(
        2
        * (both * apart - only_true * only_pred)
        / (
            (both + only_true) * (only_true + apart)
            + (both + only_pred) * (only_pred + apart)
        )
    )


def _fowlkes_mallows(table: Contingency) -> Score:
    both, only_true, only_pred, _ = table.pairs
    if both == 0:
        # also where no pair is together in either: scikit-learn's convention
        return scored(0.0)
    precision, recall = both / (both + only_pred), both / (both + only_true)
    return scored(min(math.sqrt(precision) * math.sqrt(recall), 1.0))


def _homogeneity(table: Contingency) -> Score:
    if table.n_true == 1:
        return scored(1.0)
    return scored(table.mutual_information / table.true_entropy)


def _completeness(table: Contingency) -> Score:
    if table.n_pred == 1:
        return scored(1.0)
    return scored(table.mutual_information / table.pred_entropy)


def _clustering_accuracy(table: Contingency) -> Score:
    return scored(table.matched / table.n)


_FUNCTIONS: Mapping[str, Callable[[Contingency], Score]] = {
    "ami": _ami,
    "ami_true": _ami_true,
    "nmi": _nmi,
    "ari": _ari,
    "fowlkes_mallows": _fowlkes_mallows,
    "homogeneity": _homogeneity,
    "completeness": _completeness,
    "clustering_accuracy": _clustering_accuracy,
}
