"""Score assignments: against labels, or by the distances of one array.

One work takes every assignment that is due in its array, and the true labels beside
them, so that the pairwise distances are computed once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from zsc_wh import encoders
from zsc_wh.clusterers.method import guessed_k
from zsc_wh.scores import SAMPLED, SAMPLED_SILHOUETTES, SILHOUETTES
from zsc_wh.work.base import Array, Cost, Work, forecast
from zsc_wh.work.requests import NO_LABELS, Item, Request, TrueLabels
from zsc_wh.work.score_task import ScoreTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from zsc_wh.datasets import Level
    from zsc_wh.records import Outcome, Rows
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
        size = 4 * n * d + internal_peak_bytes(n, d, self._counts(sizes))
        seconds = self._seconds(sizes)
        on_gpu = sizes.gpu(seconds) is not None
        library = "torch" if on_gpu else "scipy"
        return forecast(self.stage, library, "distances", size, seconds, gpu=on_gpu)

    def _counts(self, sizes: Sizes) -> list[int]:
        """Return the clusters of each label vector."""
        n = sizes.n(self.space)
        counts = [
            sizes.clusters(due.cell.key) or due.cell.n_clusters or guessed_k(n)
            for due in self.due
            for _ in {request.subset for request in due.requests}
        ]
        levels = {level.key: level for level in self.source.listing.levels}
        keys = {key for _, key in self.truth_requests}
        return counts + [levels[key].n_classes for key in keys if key in levels]

    def _seconds(self, sizes: Sizes) -> float:
        """Return the time on one core."""
        n, d = sizes.n(self.space), sizes.guessed_dim(self.space)
        count = len(self._counts(sizes))
        passes = [SILHOUETTES[name] for name in self._metrics() if name in SILHOUETTES]
        features = sum(_MANHATTAN if each == "manhattan" else 1 for each in passes) * d
        pairs = n * n * (features + 20 * count * len(passes))
        if self._metrics() & {*SAMPLED_SILHOUETTES}:
            pairs += 2 * n * min(n, SAMPLED) * (d + 20 * count)
        return (pairs + 10 * n * d * count) * _PAIR_S

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
        sizes = session.sizes()
        device = sizes.gpu(self._seconds(sizes))
        return ScoreTask(self.key, items, truth, self.truth_requests, device)

    @classmethod
    def check(cls, works: Sequence[Self], *, device: str) -> None:
        """Check that there is the GPU that is asked for.

        Raises
        ------
        ConfigError
            When there is not.
        """
        if works and device.startswith("cuda"):
            encoders.check_device(device)

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
