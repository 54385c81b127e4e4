"""kNN probe: a test sample takes the class that its nearest train samples vote for.

The neighbours are searched once, for the largest k; those of a smaller k are the first
of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zsc_wh.method import param
from zsc_wh.probes.method import (
    Labelled,
    ProbeMethod,
    ProbeScore,
    Progress,
    Scores,
    without_values,
)
from zsc_wh.spaces.similar import REFERENCES, most_similar
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zsc_wh.probes.labels import IntArray
    from zsc_wh.sizes import Shape


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of the kNN probe."""

    k: list[int] = param(
        default=[1, 10, 20, 100, 200],
        doc="numbers of neighbours, each a row of its own",
    )
    temperature: float = param(
        default=0.07,
        minimum=0.01,
        maximum=1000,
        doc="of the votes: exp(similarity / temperature)",
    )


Ints = NDArray[np.int64]

METRICS = ("accuracy", "top5")
TOP = 5
"""Classes among which ``top5`` looks for the true one."""

_QUERIES = 1024
"""Test samples of one block."""
_VOTES = 1 << 22
"""Test samples times classes of one block of votes: 32 MiB of float64."""
_UNPLACED = np.iinfo(np.int64).max
"""Place of a class without votes: outside the top, however few classes there are."""


def _probe(
    train: Labelled,
    test: Labelled,
    n_classes: int,
    params: Params,
    seed: int,
    progress: Progress,
) -> list[Scores]:
    """Score each k.

    Notes
    -----
    Features are brought to unit length, similarities are their products in float32; a
    row of zeros has similarity 0 to all. Among equal similarities the lower train index
    is nearer. A neighbour votes with weight exp(similarity / temperature); the class of
    most votes is predicted, among equals that of the nearest neighbour, so that the
    numbering of the classes does not matter. ``top5`` counts the true class among the
    five of most votes, or among all that got any, which are at most k.
    """
    del seed  # nothing is drawn
    references, queries = (np.flatnonzero(side.y >= 0) for side in (train, test))
    possible = sorted(k for k in params.k if k <= references.size)  # not empty
    hits = np.zeros((len(possible), len(METRICS)), dtype=np.int64)
    done = 0
    for block in _blocks(queries, _queries(n_classes)):
        similarity, index = most_similar(
            test.X[block], train.X, references, possible[-1]
        )
        weights = np.exp(similarity.astype(np.float64) / params.temperature)
        places = _places(
            train.y[index], weights, test.y[block], n_classes, cuts=possible
        )
        hits += np.stack([places == 0, places < TOP], axis=1).sum(axis=2)
        done += block.size
        progress(done, queries.size)
    shares = dict(zip(possible, (hits / queries.size).tolist(), strict=True))
    return [_scores(k, shares.get(k), references.size) for k in params.k]


def _scores(k: int, shares: Sequence[float] | None, n_references: int) -> Scores:
    if shares is None:
        has = counted(n_references, "labelled sample")
        reason = f"train has {has}, fewer than k = {k}"
        return without_values(METRICS, reason)
    return {
        metric: ProbeScore(share, None)
        for metric, share in zip(METRICS, shares, strict=True)
    }


def _places(
    classes: IntArray,
    weights: NDArray[np.float64],
    true: IntArray,
    n_classes: int,
    cuts: Sequence[int],
) -> Ints:
    """Return how many classes come before the true one in the vote of each cut.

    Parameters
    ----------
    classes, weights : ndarray of shape (b, k)
        Class and weight of the neighbours, the nearest first.
    true : ndarray of int64, shape (b,)
        The class that is looked for.
    n_classes : int
        Above every class.
    cuts : sequence of int
        Numbers of neighbours that vote, up to k.

    Returns
    -------
    ndarray of int64, shape (len(cuts), b)
        From 0; `_UNPLACED` where the true class got no vote.
    """
    samples = np.arange(len(classes))
    cells = samples[:, None] * n_classes + classes
    first = np.full((len(classes), n_classes), classes.shape[1])
    np.minimum.at(first.reshape(-1), cells, np.arange(classes.shape[1]))
    own_first = first[samples, true][:, None]
    places = []
    for cut in cuts:
        # added up anew, so that rounding does not depend on what other cuts there are
        votes = np.bincount(
            cells[:, :cut].ravel(), weights[:, :cut].ravel(), minlength=first.size
        ).reshape(first.shape)
        own = votes[samples, true][:, None]
        before = (votes > own) | ((votes == own) & (first < own_first))
        places.append(np.where(own[:, 0] > 0, before.sum(axis=1), _UNPLACED))
    return np.stack(places)


def _blocks(rows: Ints, size: int) -> Iterator[Ints]:
    return (rows[start : start + size] for start in range(0, rows.size, size))


def _queries(n_classes: int) -> int:
    """Return how many test samples make a block."""
    return min(_QUERIES, max(1, _VOTES // n_classes))


def _limit(y_train: IntArray, params: Params) -> str | None:
    n_references, least = int((y_train >= 0).sum()), min(params.k)
    if n_references < least:
        return (
            f"train has {counted(n_references, 'labelled sample')}, fewer than the "
            f"least k = {least}"
        )
    return None


def _fault(params: Params) -> str | None:
    counts = params.k
    if not counts or min(counts) < 1:
        return "k must hold at least one number, each from 1"
    if len(set(counts)) < len(counts):
        return "k must hold each number once"
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n_train, n_test, d, n_classes = shape.n_train, shape.n, shape.d, shape.k
    block = min(n_train, REFERENCES)
    features = 4 * (n_train + n_test + 3 * block) * d
    neighbours: int = 64 * _QUERIES * max(params.k)
    votes = 40 * _queries(n_classes) * n_classes
    return features + 10 * min(n_test, _QUERIES) * block + neighbours + votes


def _seconds(shape: Shape, params: Params) -> float:
    n_train, n_test, d, n_classes = shape.n_train, shape.n, shape.d, shape.k
    similarities = n_train * n_test * (2.5e-11 * d + 1e-8)
    counts: list[int] = params.k
    votes = n_test * (5e-7 * max(counts) + 5e-9 * n_classes * len(counts))
    return 0.1 + similarities + votes


KNN = ProbeMethod(
    name="knn",
    doc="weighted vote of the k nearest samples of the train set",
    params=Params,
    metrics=METRICS,
    own_rows=lambda params: [
        {"k": k, "temperature": params.temperature} for k in params.k
    ],
    probe=_probe,
    uses_seed=False,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="numpy",
    own_limit=_limit,
    own_fault=_fault,
)
