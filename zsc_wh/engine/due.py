"""Scores that are due for cells, gathered into works: one for each array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.work import ExternalScores, InternalScores
from zsc_wh.work.requests import NO_LABELS, Request
from zsc_wh.work.score import Due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from zsc_wh.datasets import Level
    from zsc_wh.declare import Score
    from zsc_wh.engine.recorded import Recorded
    from zsc_wh.engine.wanted import Wanted
    from zsc_wh.work import Array, Cell, Reduction, Work


def requests_of(wanted: Wanted, scores: Iterable[Score]) -> dict[Request, Score]:
    """Return the scores due for a cell; those against labels at every level."""
    labels = [level.key for level in wanted.embedding.source.listing.levels]
    return {
        Request(score.metric, score.space, score.subset, label_key): score
        for score in scores
        for label_key in (labels if score.space == "labels" else [NO_LABELS])
    }


class DueScores:
    """Gathers the scores that are not recorded.

    Parameters
    ----------
    recorded : Recorded
        State of the warehouse.
    """

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._external: list[Due] = []
        self._internal: dict[str, list[Due]] = {}
        self._spaces: dict[str, tuple[Array, set[str]]] = {}

    def add(
        self,
        cell: Cell,
        wanted: Mapping[Request, Score],
        umap: Mapping[str, Reduction],
    ) -> None:
        """Take the scores of a cell; `umap` are the spaces that they name."""
        run_key = self._recorded.closed.get(cell.key)
        known = self._recorded.scores.get(run_key, set()) if run_key else set()
        external: list[Request] = []
        internal: dict[str, list[Request]] = {}
        for request, score in wanted.items():
            due = external
            if score.space != "labels":
                space = _space(cell, score, umap)
                _, metrics = self._spaces.setdefault(space.key, (space, set()))
                metrics.add(request.metric)
                due = internal.setdefault(space.key, [])
            if request not in known:
                due.append(request)
        if external:
            self._external.append(Due(cell, run_key is not None, tuple(external)))
        for key, requests in internal.items():
            if requests:
                measured = Due(cell, run_key is not None, tuple(requests))
                self._internal.setdefault(key, []).append(measured)

    def works(
        self,
        levels: Mapping[str, Mapping[str, Level]],
        is_stored: Callable[[Array], bool],
    ) -> Iterator[Work]:
        """Yield the works that score, and measure the true labels beside.

        Labels that came later are measured where the array is still stored: it is not
        made again for them alone.

        Parameters
        ----------
        levels : mapping
            Labels of each dataset, by the key of its images and their own.
        is_stored : callable
            Whether an array is there.
        """
        yield from map(ExternalScores, self._external)
        for key, (space, metrics) in self._spaces.items():
            due = tuple(self._internal.get(key, ()))
            truth = tuple(
                (metric, label_key)
                for metric in sorted(metrics)
                for label_key in levels[space.source.key]
                if (key, label_key, metric) not in self._recorded.array_scores
            )
            if due or (truth and is_stored(space)):
                yield InternalScores(space, due, truth)


def _space(cell: Cell, score: Score, umap: Mapping[str, Reduction]) -> Array:
    """Return the array in which a score measures the clusters of a cell."""
    if score.space == "original":
        return cell.embedding
    if score.reducer is not None:
        return umap[score.reducer].array
    return cell.reduction.array
