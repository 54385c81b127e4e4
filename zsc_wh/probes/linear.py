"""Linear probe: train linear heads on the features, score the best on the test split.

The study's recipe (arXiv 2406.02465), but for one thing: it augments the train images
anew in every epoch, while this works on stored features of the plain images. That keeps
the encoder frozen in truth (its batch norm too, which the study's code let drift) and
costs seconds instead of one pass of the encoder an epoch.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zsc_wh.libraries import calling
from zsc_wh.magnitude import exponents, shifted
from zsc_wh.method import param
from zsc_wh.probes.heads import (
    BATCH,
    JUDGED,
    MOMENTUM,
    Judged,
    fixed_arithmetic,
    judge,
    train_heads,
)
from zsc_wh.probes.method import (
    Labelled,
    ProbeMethod,
    ProbeScore,
    Progress,
    Scores,
    without_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from zsc_wh.probes.labels import IntArray
    from zsc_wh.sizes import Shape


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of the linear probe."""

    epochs: int = param(default=50, minimum=1, doc="passes over the train samples")
    selection: Literal["holdout", "test"] = param(
        default="holdout",
        doc="what chooses the learning rate: a tenth of train, or the test samples",
    )
    standardise: bool = param(
        default=False, doc="z-score each dimension by the train samples"
    )


# fmt: off
RATES = (
    0.0001, 0.0002, 0.0005,
    0.001, 0.002, 0.005,
    0.01, 0.02, 0.05,
    0.1, 0.2, 0.5,
    1.0, 2.0, 5.0, 10.0,
)
# fmt: on
"""Learning rates of the heads, for batches of 256 samples."""

METRICS = (
    "accuracy",
    "balanced_accuracy",
    "f1_micro",
    "f1_macro",
    "f1_weighted",
    "cross_entropy",
    "learning_rate",
)

_HELD_OUT = 10
"""One in this many samples is held out to choose a head."""
_UNMOVED = 0.01
"""Change of an output that makes no difference."""
_REMEDY = "at these learning rates; set standardise = true"


def _probe(
    train: Labelled,
    test: Labelled,
    n_classes: int,
    params: Params,
    seed: int,
    progress: Progress,
) -> list[Scores]:
    """Train a head for each of `RATES` and score the best.

    Notes
    -----
    With ``selection = "holdout"`` the best head is the most accurate on a tenth of
    train, on which none is trained; with ``"test"``, the study's way where there is no
    validation split, on the samples that are scored, which flatters. Among equals it is
    that of lower cross-entropy. A head with outputs that are not finite is never taken.

    A head has an output for every class of the union, so that the cross-entropy of a
    class that does not occur in train is finite. ``balanced_accuracy`` is the mean
    recall of the classes that occur in test, ``f1_macro`` the mean over those that
    occur or are predicted there. ``learning_rate`` is that of the best head.
    """
    fitted, chosen_by = np.flatnonzero(train.y >= 0), None
    if params.selection == "holdout":
        fitted, chosen_by = split(train.y, seed)
    asked = np.flatnonzero(test.y >= 0)
    with calling("torch or scikit-learn"):
        X = train.X[fitted]
        if not params.standardise and _cannot_learn(X, params.epochs):
            reason = f"the features differ too little to learn from {_REMEDY}"
            return [without_values(METRICS, reason)]
        prepared = _preparation(X if params.standardise else None)
        X, tests = prepared(X), prepared(test.X[asked])
        held_out = None if chosen_by is None else prepared(train.X[chosen_by])
        with fixed_arithmetic():  # after it all: it takes subnormal features for 0
            heads = train_heads(
                X,
                train.y[fitted],
                n_classes,
                RATES,
                epochs=params.epochs,
                seed=seed,
                progress=progress,
            )
            tested = judged = judge(heads, tests, test.y[asked])
            if held_out is not None:
                judged = judge(heads, held_out, train.y[chosen_by])
        best = best_head(judged, tested)
        if best is None:
            reason = f"no head has finite outputs: the features are too large {_REMEDY}"
            return [without_values(METRICS, reason)]
        return [_scores(test.y[asked], tested, best)]


def _cannot_learn(X: NDArray[Any], epochs: int) -> bool:
    """Say whether the features differ so little that no head can tell them apart.

    Each step moves an output by at most the learning rate times the squared length of a
    sample, which momentum multiplies and the cosine halves. Where all steps together
    move none by a hundredth, the bias alone decides, and every score is that of chance.
    """
    ranges = X.max(axis=0).astype(np.float64) - X.min(axis=0)
    with np.errstate(over="ignore"):
        square = ranges @ ranges
    batch = min(BATCH, len(X))
    steps = epochs * (len(X) // batch)
    rate = RATES[-1] * batch / BATCH / (1 - MOMENTUM) / 2
    return bool(ranges.any() and steps * rate * square < _UNMOVED)


def split(y: IntArray, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hold a stratified tenth of the samples out.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        Class of every sample; -1 where the label is missing.
    seed : int
        Of the choice inside the classes.

    Returns
    -------
    fitted, held_out : ndarray of int64
        Indices of all samples with a label. One sample of every class always stays; of
        the others every tenth is held out, counted through from class to class, and at
        least one if there is any.
    """
    labelled = np.flatnonzero(y >= 0)
    shuffled = np.random.default_rng(seed).permutation(labelled)
    ordered = shuffled[np.argsort(y[shuffled], kind="stable")]
    spare = ordered[1:][y[ordered][1:] == y[ordered][:-1]]
    held_out = np.sort(spare[min(spare.size, _HELD_OUT) // 2 :: _HELD_OUT])
    return np.setdiff1d(labelled, held_out), held_out


def _preparation(
    train: NDArray[Any] | None,
) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Return what makes features float32, standardised like `train` where given."""
    if train is None:
        return lambda X: X.astype(np.float32, copy=False)
    from sklearn.preprocessing import StandardScaler

    powers = -exponents(train, axis=0)
    scaler = StandardScaler().fit(shifted(train, powers))
    return lambda X: scaler.transform(shifted(X, powers)).astype(np.float32, copy=False)


def best_head(judged: Judged, tested: Judged) -> int | None:
    """Return the most accurate head of those with finite outputs."""
    finite = np.isfinite(judged.cross_entropy) & np.isfinite(tested.cross_entropy)
    return min(
        np.flatnonzero(finite).tolist(),
        key=lambda head: (-judged.accuracy[head], judged.cross_entropy[head]),
        default=None,
    )


def _scores(true: IntArray, tested: Judged, best: int) -> Scores:
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    predicted = tested.predicted[best]
    values = {
        "accuracy": accuracy_score(true, predicted),
        # scikit-learn's balanced accuracy, which warns of classes that only occur
        # among the predictions
        "balanced_accuracy": recall_score(
            true, predicted, labels=np.unique(true), average="macro"
        ),
        **{
            f"f1_{average}": f1_score(true, predicted, average=average)
            for average in ("micro", "macro", "weighted")
        },
        "cross_entropy": tested.cross_entropy[best],
        "learning_rate": RATES[best],
    }
    return {metric: ProbeScore(float(values[metric]), None) for metric in METRICS}


def _limit(y_train: IntArray, params: Params) -> str | None:
    largest = np.bincount(y_train[y_train >= 0]).max(initial=0)
    if params.selection == "holdout" and largest < 2:
        return "no class has two labelled train samples: none can be held out"
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n_train, n_test, d, n_classes = shape.n_train, shape.n, shape.d, shape.k
    del params  # none matters
    features = (8 + 12) * (n_train + n_test) * d
    outputs = len(RATES) * n_classes
    return features + 16 * outputs * d + 40 * JUDGED * outputs


def _seconds(shape: Shape, params: Params) -> float:
    n_train, n_test, d, n_classes = shape.n_train, shape.n, shape.d, shape.k
    passes: int = params.epochs * n_train + n_test
    outputs = len(RATES) * n_classes
    return 3 + passes * (4e-6 + outputs * (2e-8 + 2e-11 * d))


LINEAR = ProbeMethod(
    name="linear",
    doc="linear classifier, trained on the train set",
    params=Params,
    metrics=METRICS,
    own_rows=lambda params: [asdict(params)],
    probe=_probe,
    uses_seed=True,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="torch",
    own_limit=_limit,
)
