"""Build the graph of a plan: the tasks that bring cells and probes about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.engine.cells import Cell, Embedding, Reduction
from zsc_wh.engine.graph import (
    CLUSTER,
    EMBED,
    PROBE,
    REDUCE,
    SCORE,
    Due,
    Graph,
    Node,
)
from zsc_wh.engine.keys import reduction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zsc_wh.datasets import Level
    from zsc_wh.declare import Grid, Score
    from zsc_wh.engine.cells import Wanted
    from zsc_wh.engine.probing import Probing
    from zsc_wh.engine.recorded import Recorded
    from zsc_wh.engine.shapes import Shapes
    from zsc_wh.stages.score import Request
    from zsc_wh.store import Store


class Builder:
    """Adds tasks to a graph, each piece of shared work once.

    Parameters
    ----------
    recorded : Recorded
        State of the warehouse.
    store : Store
        Arrays beside it; what it holds is not made again.
    shapes : Shapes
        Says which reductions cannot be made.

    Attributes
    ----------
    graph : Graph
        The tasks.
    cached : dict
        Keys of stored arrays that the tasks read, with the stage that made them.
    impossible_maps : dict
        Titles of reductions for drawing that cannot be made, with the reason.
    """

    def __init__(self, recorded: Recorded, store: Store, shapes: Shapes) -> None:
        self.graph = Graph()
        self.cached: dict[str, str] = {}
        self.impossible_maps: dict[str, str] = {}
        self._shapes = shapes
        self._recorded = recorded
        self._store = store
        self._measured: dict[str, tuple[Reduction | Embedding, set[str]]] = {}

    def cluster(self, cell: Cell) -> None:
        """Add the clustering of a cell and what it starts from."""
        needs = self._reduction(cell.reduction)
        self.graph.add(
            Node(
                f"cluster:{cell.key}",
                CLUSTER,
                cell.title,
                cell,
                array_key=cell.reduction.key,
                needs=needs,
            )
        )

    def score(
        self,
        cell: Cell,
        wanted: Mapping[Request, Score],
        umap: Mapping[str, Reduction],
    ) -> None:
        """Add the scores of a cell that are not recorded."""
        recorded = self._recorded
        run_key = recorded.closed.get(cell.key)
        known = recorded.scores.get(run_key, set()) if run_key else set()
        spaces: dict[str, list[Request]] = {}
        arrays: dict[str, Reduction | Embedding] = {}
        for request, score in wanted.items():
            if score.space == "labels":
                if request not in known:
                    spaces.setdefault("", []).append(request)
                continue
            array: Reduction | Embedding = cell.reduction
            if score.space == "original":
                array = cell.embedding
            elif score.reducer is not None:
                array = umap[score.reducer]
            self._measured.setdefault(array.key, (array, set()))[1].add(request.metric)
            if request not in known:
                arrays[array.key] = array
                spaces.setdefault(array.key, []).append(request)
        for key, requests in spaces.items():
            due = Due(cell, run_key, tuple(requests))
            if key:
                self._internal(arrays[key], due)
            else:
                self._external(due)

    def probe(self, probing: Probing) -> None:
        """Add a probe, unless all its rows are recorded or it cannot be run."""
        missing = [r for r in probing.rows if r.key not in self._recorded.probes]
        if missing and not probing.not_applicable and not probing.impossible:
            needs = self._embedding(probing.train) + self._embedding(probing.embedding)
            self.graph.add(
                Node(
                    f"probe:{probing.key}",
                    PROBE,
                    probing.title,
                    probing,
                    array_key=probing.embedding.key,
                    needs=needs,
                )
            )

    def true_labels(self, levels: Mapping[str, Mapping[str, Level]]) -> None:
        """Measure the true labels in every array in which clusters are measured.

        Labels that came later are measured where the array is still stored: it is not
        made again for them alone.

        Parameters
        ----------
        levels : mapping
            Labels of each dataset, by the key of its images and their own.
        """
        for key, (array, metrics) in self._measured.items():
            source = (
                array.source if isinstance(array, Embedding) else array.embedding.source
            )
            missing = [
                (metric, label_key)
                for metric in sorted(metrics)
                for label_key in levels[source.key]
                if (key, label_key, metric) not in self._recorded.array_scores
            ]
            if missing and (f"score:{key}" in self.graph or self._store.note(key)):
                self._distances(array).truth_requests = missing

    def maps(self, wanted: Iterable[Wanted], grid: Grid) -> None:
        """Add the two-dimensional reductions that a grid keeps for drawing."""
        seed = min(declared.seed for declared in grid.cells)
        embeddings = {one.embedding.key: one.embedding for one in wanted}
        for embedding in embeddings.values():
            for reducer in grid.maps:
                drawn = reduction(embedding, reducer, seed, grid.dtype)
                if drawn.key in self._recorded.projections:
                    continue
                reason = self._shapes.reduction_limit(drawn)
                if reason is None:
                    self._reduction(drawn)
                else:
                    self.impossible_maps[_array_title(drawn)] = reason

    def _external(self, due: Due) -> None:
        cluster = f"cluster:{due.cell.key}"
        self.graph.add(
            Node(
                f"score:labels:{due.cell.key}",
                SCORE,
                f"{due.cell.title} against labels",
                due.cell,
                needs=(cluster,) if cluster in self.graph else (),
                due=[due],
            )
        )

    def _internal(self, array: Reduction | Embedding, due: Due) -> None:
        node = self._distances(array)
        node.due.append(due)
        cluster = f"cluster:{due.cell.key}"
        if cluster in self.graph:
            node.after.append(cluster)

    def _distances(self, array: Reduction | Embedding) -> Node:
        """Return the task that measures in an array, added where there is none."""
        node_id = f"score:{array.key}"
        if node_id not in self.graph:
            needs = (
                self._embedding(array)
                if isinstance(array, Embedding)
                else self._reduction(array)
            )
            self.graph.add(
                Node(
                    node_id,
                    SCORE,
                    f"distances in {_array_title(array)}",
                    array,
                    array_key=array.key,
                    needs=needs,
                )
            )
        return self.graph[node_id]

    def _embedding(self, embedding: Embedding) -> tuple[str, ...]:
        """Add the embedding unless it is stored; return what to wait for."""
        if self._is_stored(embedding.key, EMBED):
            return ()
        node_id = f"embed:{embedding.key}"
        if node_id not in self.graph:
            self.graph.add(Node(node_id, EMBED, _array_title(embedding), embedding))
        return (node_id,)

    def _reduction(self, wanted: Reduction) -> tuple[str, ...]:
        """Add the reduction unless it is stored; return what to wait for."""
        if wanted.reducer.is_identity:
            return self._embedding(wanted.embedding)
        if self._is_stored(wanted.key, REDUCE):
            return ()
        node_id = f"reduce:{wanted.key}"
        if node_id not in self.graph:
            impossible = self._shapes.reduction_limit(wanted)
            needs = () if impossible else self._embedding(wanted.embedding)
            self.graph.add(
                Node(
                    node_id,
                    REDUCE,
                    _array_title(wanted),
                    wanted,
                    array_key=wanted.embedding.key,
                    needs=needs,
                    impossible=impossible,
                )
            )
        return (node_id,)

    def _is_stored(self, key: str, stage: str) -> bool:
        if key in self.cached:
            return True
        stored = self._store.note(key) is not None
        if stored:
            self.cached[key] = stage
        return stored


def _array_title(array: Reduction | Embedding) -> str:
    if isinstance(array, Embedding):
        return array.title
    title = f"{array.embedding.title} / {array.reducer.name}"
    return title if array.reducer.is_identity else f"{title} (seed {array.seed})"
