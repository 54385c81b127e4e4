"""What every probe is: its parameters, its rows, its cost and how to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import DataError
from zsc_wh.method import Method, P
from zsc_wh.probes.labels import MISSING, IntArray, not_applicable
from zsc_wh.scaling import check_features
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

Params = Mapping[str, Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ProbeScore:
    """Value of a metric, or the reason why it has none; exactly one is None."""

    value: float | None
    reason: str | None


Scores = Mapping[str, ProbeScore]


@dataclass(frozen=True)
class ProbeResult:
    """One row of a probe.

    Parameters
    ----------
    params : mapping
        What tells this row from the others of its method, such as k.
    scores : mapping of str to ProbeScore
        One for each of the method's metrics.
    """

    params: Params
    scores: Scores


@dataclass(frozen=True)
class Labelled:
    """Features of a dataset with its labels.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite, float32 or float64, in memory or mapped from a file; never changed.
    y : ndarray of int, shape (n,)
        Class of every sample in the numbering of `union_labels`; -1 where the label is
        missing.
    """

    X: NDArray[Any]
    y: IntArray


@dataclass(frozen=True, kw_only=True)
class ProbeMethod(Method[P]):
    """A kind of probe: what every `Method` has, and more.

    Parameters
    ----------
    metrics : tuple of str
        Names of the scores of each row.
    own_rows : callable
        ``params`` to the parameters of each result; see `rows`.
    probe : callable
        ``(train, test, n_classes, params, seed, progress)`` to the scores of each row,
        for checked input that can be probed. It leaves out what has no label.
    own_limit : callable, optional
        ``(y_train, params)`` to the reason why no row can have a score, or None;
        `limit` asks what holds for all methods first.
    """

    metrics: tuple[str, ...]
    own_rows: Callable[[P], list[Params]]
    probe: Callable[[Labelled, Labelled, int, P, int, Progress], list[Scores]]
    own_limit: Callable[[IntArray, P], str | None] = lambda _y_train, _params: None

    def rows(self, params: Params) -> list[Params]:
        """Return the parameters of each result, which a plan can know."""
        return self.own_rows(self.typed(params))

    def run(
        self,
        train: Labelled,
        test: Labelled,
        n_classes: int,
        params: Params,
        seed: int,
        progress: Progress | None = None,
    ) -> list[ProbeResult]:
        """Probe features.

        Parameters
        ----------
        train : Labelled
            Supplies the references.
        test : Labelled
            Is judged; of the same encoder, so of the same number of features.
        n_classes : int
            Size of the common numbering of the labels.
        params : mapping
            Every parameter of `fields`.
        seed : int
            From 0 to 2**32 - 1.
        progress : callable, optional
            Called with the steps done and in all.

        Returns
        -------
        list of ProbeResult
            In the order of `rows`. Samples without a label are left out of both sides.
            A test sample whose class does not occur in train counts, as wrong. Where
            no test class occurs there, or nothing has a label, all scores are reasons.

        Raises
        ------
        DataError
            When features are not finite matrices of one width, or labels do not fit
            them.
        ComputeError
            When a library fails.
        MissingExtraError
            When a library is not installed.
        """
        train, test = (
            Labelled(check_features(side.X), self._checked(side, n_classes))
            for side in (train, test)
        )
        if train.X.shape[1] != test.X.shape[1]:
            raise DataError(
                what=f"train has {counted(train.X.shape[1], 'feature')}, test has "
                f"{test.X.shape[1]}",
                where=f"probe {self.name}",
                hint="Embed both with one encoder. The encoder pixels follows the size "
                "of small images: declare a smaller image_size for it.",
            )
        reason = self.limit(train.y, test.y, params)
        if reason:
            return self.unscored(params, reason)
        found = self.probe(
            train,
            test,
            n_classes,
            self.typed(params),
            seed,
            progress or (lambda _done, _all: None),
        )
        return [
            ProbeResult(row, scores)
            for row, scores in zip(self.rows(params), found, strict=True)
        ]

    def limit(self, y_train: IntArray, y_test: IntArray, params: Params) -> str | None:
        """Say why no probe can be made with these labels, or None.

        A plan asks it of all samples, `run` again of those that could be read.
        """
        return not_applicable(y_train, y_test) or self.own_limit(
            y_train, self.typed(params)
        )

    def unscored(self, params: Params, reason: str) -> list[ProbeResult]:
        """Return the results of a probe that cannot be made."""
        return [
            ProbeResult(row, without_values(self.metrics, reason))
            for row in self.rows(params)
        ]

    def _checked(self, side: Labelled, n_classes: int) -> IntArray:
        y = np.asarray(side.y)
        if y.dtype.kind not in "iu" or y.shape != (len(side.X),):
            raise DataError(
                what=f"labels must be {len(side.X)} integers, one a sample, not "
                f"{y.dtype} of shape {y.shape}",
                where=f"probe {self.name}",
            )
        if y.size and not MISSING <= int(y.min()) <= int(y.max()) < n_classes:
            raise DataError(
                what=f"labels must lie between -1 and {n_classes - 1}, not "
                f"{y.min()} and {y.max()}",
                where=f"probe {self.name}",
                hint="Number the classes by the union of both datasets.",
            )
        return y


def without_values(metrics: tuple[str, ...], reason: str) -> Scores:
    """Return scores that all have the same reason."""
    return {metric: ProbeScore(None, reason) for metric in metrics}
