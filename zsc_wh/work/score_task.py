"""What a worker runs to score assignments."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh.libraries import calling
from zsc_wh.records import Outcome, Rows, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from zsc_wh.store import Store
    from zsc_wh.work.requests import IntArray, Item, Request, Row, TrueLabels


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
    device : str or None
        GPU of the silhouettes; None for the processor.
    """

    reads_files: ClassVar[bool] = False

    array_key: str | None
    items: tuple[Item, ...]
    truth: tuple[TrueLabels, ...]
    truth_requests: tuple[tuple[str, str], ...]
    device: str | None = None

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
        with calling("torch") if self.device else nullcontext():
            found = internal_scores(
                array,
                labelings,
                sorted(metrics),
                device=self.device,
                progress=progress,
            )
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
