"""Score assignments: against labels, or by the distances of one array.

One work takes every assignment that is due in its array, and the true labels beside
them, so that the pairwise distances are computed once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh.clusterers.method import guessed_k
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.scores import SAMPLED, SAMPLED_SILHOUETTES, SILHOUETTES
from zsc_wh.work.base import Array, Cost, Work, forecast
from zsc_wh.work.requests import NO_LABELS, IntArray, Item, Request, Row, TrueLabels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from zsc_wh.datasets import Level
    from zsc_wh.store import Store
    from zsc_wh.work.cluster import Cell
    from zsc_wh.work.embed import Embedding
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source

_PAIR_S = 2.5e-10
"""Seconds for one pair of samples and one feature, or for one cluster sum of a pair."""
_MANHATTAN = 4
"""Times as long by Manhattan distance, which is no matrix product, for a feature."""
_LABELS_S = 0.01
"""Seconds to compare one assignment with labels."""
_LABELS_BYTES = 100
"""Bytes for each sample of it."""


@dataclass(frozen=True)
class Due:
    """Scores that are due for a cell in one space.

    `is_clustered` says whether its run is recorded; if not, it is clustered now.
    """

    cell: Cell
    is_clustered: bool
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class ExternalScores(Work):
    """Scores of one cell against labels."""

    stage: ClassVar[str] = "score"

    due: Due

    @property
    def key(self) -> str:  # type: ignore[override]
        """Identity of the cell."""
        return self.due.cell.key

    @property
    def id(self) -> str:
        """Unique among all works."""
        return f"{self.stage}:labels:{self.key}"

    @property
    def title(self) -> str:
        """What is scored."""
        return f"{self.due.cell.title} against labels"

    @property
    def source(self) -> Source:  # type: ignore[override]
        """The dataset whose labels count."""
        return self.due.cell.source

    @property
    def impossible(self) -> str | None:  # type: ignore[override]
        """Why it cannot be done: never, once there is an assignment."""
        return None

    def needs(self) -> tuple[Work, ...]:
        """Return the cell, unless it was clustered before."""
        return () if self.due.is_clustered else (self.due.cell,)

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by the number of samples."""
        size = _LABELS_BYTES * sizes.n(self.due.cell.embedding)
        return forecast(self.stage, "scipy", "labels", size, _LABELS_S)

    def task(self, session: Session) -> ScoreTask:
        """Return what a worker runs."""
        keys = {request.label_key for request in self.due.requests}
        truth = _truth(self.due.cell.embedding, keys, session)
        return ScoreTask(None, _items((self.due,), session), truth, ())


@dataclass(frozen=True)
class InternalScores(Work):
    """Scores by the distances of one array, of all assignments that are due in it.

    Parameters
    ----------
    space : Array
        What is measured in.
    due : tuple of Due
        Cells and their scores.
    truth_requests : tuple of (metric, label key)
        Internal metrics of the true labels, as if they were clusters.
    """

    stage: ClassVar[str] = "score"

    space: Array
    due: tuple[Due, ...]
    truth_requests: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:  # type: ignore[override]
        """Identity of the array."""
        return self.space.key

    @property
    def title(self) -> str:
        """What is measured in."""
        return f"distances in {self.space.title}"

    @property
    def source(self) -> Source:  # type: ignore[override]
        """The dataset that is measured."""
        return self.space.source

    @property
    def impossible(self) -> str | None:  # type: ignore[override]
        """Why the space cannot exist, which makes its scores undefined."""
        reason = self.space.impossible
        return reason and f"{self.space.stage} {self.space.title}: {reason}"

    def needs(self) -> tuple[Array, ...]:
        """Return the array."""
        return (self.space,)

    def after(self) -> Iterable[str]:
        """Return the cells that are clustered in this ingest: some may fail."""
        return [due.cell.id for due in self.due if not due.is_clustered]

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by samples, features and clusters."""
        from zsc_wh.metrics import internal_peak_bytes  # brings scipy

        n, d = sizes.n(self.space), sizes.guessed_dim(self.space)
        counts = [
            sizes.clusters(due.cell.key) or due.cell.n_clusters or guessed_k(n)
            for due in self.due
            for _ in {request.subset for request in due.requests}
        ]
        levels = {level.key: level for level in self.source.listing.levels}
        counts += [
            levels[key].n_classes
            for key in {key for _, key in self.truth_requests}
            if key in levels
        ]
        size = 4 * n * d + internal_peak_bytes(n, d, counts)
        passes = [SILHOUETTES[name] for name in self._metrics() if name in SILHOUETTES]
        features = sum(_MANHATTAN if each == "manhattan" else 1 for each in passes) * d
        pairs = n * n * (features + 20 * len(counts) * len(passes))
        if self._metrics() & {*SAMPLED_SILHOUETTES}:
            pairs += 2 * n * min(n, SAMPLED) * (d + 20 * len(counts))
        seconds = (pairs + 10 * n * d * len(counts)) * _PAIR_S
        return forecast(self.stage, "scipy", "distances", size, seconds)

    def _metrics(self) -> set[str]:
        """Return the metrics that are due for any labels."""
        asked = {request.metric for due in self.due for request in due.requests}
        return asked | {metric for metric, _ in self.truth_requests}

    def is_idle(self, session: Session) -> bool:
        """Whether assignments are due, and each clustering has failed."""
        return bool(self.due) and not _items(self.due, session)

    def task(self, session: Session) -> ScoreTask:
        """Return what a worker runs."""
        keys = {request.label_key for due in self.due for request in due.requests}
        keys |= {key for _, key in self.truth_requests}
        truth = _truth(self.space.embedding, keys, session)
        items = _items(self.due, session)
        return ScoreTask(self.key, items, truth, self.truth_requests)

    def conclude(self, outcome: Outcome, session: Session) -> Rows:
        """Say of a space that cannot exist that its scores are undefined, for good."""
        if not outcome.not_applicable:
            return {}
        return {
            "score": [
                request.row(item.run_key, None, outcome.reason or "")
                for item in _items(self.due, session)
                for request in item.requests
            ]
        }


def _items(due: Iterable[Due], session: Session) -> tuple[Item, ...]:
    """Return the assignments to judge; a cell whose clustering failed has none."""
    return tuple(
        Item(*session.assignments[one.cell.key], one.requests)
        for one in due
        if one.cell.key in session.assignments
    )


def _truth(
    embedding: Embedding, keys: Iterable[str], session: Session
) -> tuple[TrueLabels, ...]:
    """Return labels of the samples that an embedding holds."""
    left_out = list(session.left_out(embedding.key))
    levels = session.levels[embedding.source.key]
    return tuple(
        TrueLabels(key, np.delete(_class_index(levels[key]), left_out))
        for key in sorted({*keys} - {NO_LABELS})
    )


def _class_index(level: Level) -> NDArray[np.int32]:
    """Return the class of every sample; -1 where the label is missing."""
    return np.array(
        [-1 if index is None else index for index in level.class_index], dtype=np.int32
    )


@dataclass(frozen=True)
class ScoreTask:
    """Score assignments in one space.

    Parameters
    ----------
    array_key : str or None
        The array whose distances count; None for scores against labels.
    items : tuple of Item
        Assignments with the scores due.
    truth : tuple of TrueLabels
        All labels that the requests name.
    truth_requests : tuple of (metric, label key)
        Internal metrics of the true labels, as if they were clusters.
    """

    reads_files: ClassVar[bool] = False

    array_key: str | None
    items: tuple[Item, ...]
    truth: tuple[TrueLabels, ...]
    truth_requests: tuple[tuple[str, str], ...]

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Return the rows of all scores that are due."""
        if self.array_key is None:
            return Outcome(Status.DONE, rows={"score": list(self._external())})
        return Outcome(
            Status.DONE, rows=self._internal(store.load(self.array_key), progress)
        )

    def _external(self) -> Iterator[Row]:
        from zsc_wh.metrics import external_scores

        truth = {labels.key: labels.class_index for labels in self.truth}
        trivial = {key: _trivial(class_index) for key, class_index in truth.items()}
        for item in self.items:
            groups: dict[tuple[str, str], list[Request]] = {}
            for request in item.requests:
                if reason := trivial[request.label_key]:
                    yield request.row(item.run_key, None, reason)
                    continue
                groups.setdefault((request.label_key, request.subset), []).append(
                    request
                )
            for (key, subset), requests in groups.items():
                scores = external_scores(
                    truth[key],
                    item.labels,
                    [request.metric for request in requests],
                    subset=subset,
                    missing=truth[key] < 0,
                )
                for request in requests:
                    score = scores[request.metric]
                    yield request.row(item.run_key, score.value, score.reason)

    def _internal(
        self, array: NDArray[Any], progress: Callable[[int, int], None]
    ) -> Rows:
        from zsc_wh.metrics import internal_scores, noise_as_cluster

        labelings: list[IntArray] = []
        index: dict[tuple[str, str], int] = {}
        for item in self.items:
            for subset in sorted({request.subset for request in item.requests}):
                index[item.run_key, subset] = len(labelings)
                whole = subset == "all"
                labels = noise_as_cluster(item.labels) if whole else item.labels
                labelings.append(labels)
        first_truth = len(labelings)
        keys = [labels.key for labels in self.truth]
        if self.truth_requests:
            labelings += [labels.class_index for labels in self.truth]
        metrics = {r.metric for item in self.items for r in item.requests}
        metrics |= {metric for metric, _ in self.truth_requests}
        found = internal_scores(array, labelings, sorted(metrics), progress=progress)
        rows: dict[str, list[Row]] = {"score": [], "array_score": []}
        for item in self.items:
            for request in item.requests:
                score = found[index[item.run_key, request.subset]][request.metric]
                rows["score"].append(
                    request.row(item.run_key, score.value, score.reason)
                )
        for metric, key in self.truth_requests:
            score = found[first_truth + keys.index(key)][metric]
            rows["array_score"].append(
                {
                    "array_key": self.array_key,
                    "label_key": key,
                    "metric": metric,
                    "value": score.value,
                    "reason": score.reason,
                }
            )
        return {table: content for table, content in rows.items() if content}


def _trivial(class_index: IntArray) -> str | None:
    """Say why these labels can judge nothing: any clustering, or none, would match."""
    from zsc_wh.metrics import trivial

    labelled = class_index[class_index >= 0]
    if not labelled.size:
        return None  # the scores say so themselves
    return trivial(len(np.unique(labelled)), labelled.size)
