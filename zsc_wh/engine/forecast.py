"""Forecast memory, time and disk of tasks from the sizes of their input.

The formulas of the methods are orders of size, measured on one core. Where an input is
not made yet, its number of features is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh import clusterers, reducers
from zsc_wh.engine.cells import Cell, Embedding, Reduction
from zsc_wh.engine.graph import CLUSTER, EMBED, REDUCE, STAGES, Node
from zsc_wh.engine.probing import Probing

if TYPE_CHECKING:
    from zsc_wh.engine.plan import Plan
    from zsc_wh.store import Store

WORKER_BYTES = 600 * 2**20
"""What a worker holds before it does anything: Python and the numeric libraries."""
GUESSED_DIM = 1000
"""Features of an embedding that nobody has made yet; common ones have 384 to 2048."""
EMBED_BATCH_BYTES = 2**30
"""Weights and one batch of a common network."""
EMBED_S_PER_IMAGE = 0.01
"""Order of size for a small network on the processor; large ones take 20 times that."""
PAIR_S = 2e-9
"""Seconds for one pair of samples and one feature, or for one cluster sum of a pair."""


@dataclass
class Cost:
    """Forecast of a stage: summed seconds on one core, largest peak, bytes on disk."""

    seconds: float = 0.0
    peak_bytes: int = 0
    disk_bytes: int = 0


class Forecaster:
    """Forecasts the tasks of a graph.

    Parameters
    ----------
    store : Store or None
        Tells the true shapes of arrays that exist.
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._dims: dict[str, int] = {}

    def peak_bytes(self, node: Node) -> int:
        """Return the forecast peak memory of a task, without that of an idle worker."""
        n, d = self._shape(node)
        subject = node.subject
        if node.stage == EMBED:
            return EMBED_BATCH_BYTES + 4 * n * self.out_dim(subject)
        if node.stage == REDUCE and isinstance(subject, Reduction):
            method = reducers.METHODS[subject.reducer.kind]
            return method.peak_bytes(n, d, subject.reducer.params)
        if node.stage == CLUSTER and isinstance(subject, Cell):
            clusterer = subject.clusterer
            method_ = clusterers.METHODS[clusterer.kind]
            return method_.peak_bytes(n, d, clusterer.params, subject.n_clusters)
        if isinstance(subject, Probing):
            sizes = _sizes(subject, d)
            return subject.method.peak_bytes(*sizes, subject.probe.params)
        # Distances are taken in blocks; an assignment is small.
        return (8 * n * d if node.array_key else 0) + 2**28

    def seconds(self, node: Node) -> float:
        """Return the forecast time of a task on one core."""
        n, d = self._shape(node)
        subject = node.subject
        if node.stage == EMBED:
            return n * EMBED_S_PER_IMAGE
        if node.stage == REDUCE and isinstance(subject, Reduction):
            method = reducers.METHODS[subject.reducer.kind]
            return method.seconds(n, d, subject.reducer.params)
        if node.stage == CLUSTER and isinstance(subject, Cell):
            clusterer = subject.clusterer
            method_ = clusterers.METHODS[clusterer.kind]
            return method_.seconds(n, d, clusterer.params, subject.n_clusters)
        if isinstance(subject, Probing):
            return subject.method.seconds(*_sizes(subject, d), subject.probe.params)
        pairs = n * n * (d + 20 * len(node.due)) if node.array_key else n
        return pairs * PAIR_S

    def out_dim(self, array: Embedding | Reduction | Cell | Probing) -> int:
        """Return the number of features of an array, guessed where it is not made."""
        if isinstance(array, Cell):
            array = array.reduction
        if isinstance(array, Probing):
            array = array.embedding
        key = array.key
        if key not in self._dims:
            stored = self._store.note(key) if self._store is not None else None
            if stored is None:
                return _guess(array)
            self._dims[key] = stored.shape[1]
        return self._dims[key]

    def _shape(self, node: Node) -> tuple[int, int]:
        n = len(node.source.listing)
        if isinstance(node.subject, Reduction) and node.stage == REDUCE:
            return n, self.out_dim(node.subject.embedding)
        return n, self.out_dim(node.subject)


def _sizes(probing: Probing, d: int) -> tuple[int, int, int, int]:
    """Return samples in train and test, features and classes."""
    train, test = probing.train.source, probing.embedding.source
    levels = (probing.train_level, probing.test_level)
    names = {name for level in levels if level for name in level.class_names}
    return len(train.listing), len(test.listing), d, len(names)


def _guess(array: Embedding | Reduction) -> int:
    if isinstance(array, Reduction) and not array.reducer.is_identity:
        given = array.reducer.params.get("n_components")
        return int(given) if given else GUESSED_DIM // 4
    embedding = array.embedding if isinstance(array, Reduction) else array
    if embedding.encoder.loader["kind"] == "pixels":
        return 3 * (embedding.encoder.image_size or 32) ** 2
    return GUESSED_DIM


def forecast_plan(plan: Plan, store: Store) -> dict[str, Cost]:
    """Return the forecast of a plan by stage."""
    forecaster = Forecaster(store)
    costs = {stage: Cost() for stage in STAGES}
    for node in plan.graph:
        cost = costs[node.stage]
        cost.seconds += forecaster.seconds(node)
        cost.peak_bytes = max(
            cost.peak_bytes, forecaster.peak_bytes(node) + WORKER_BYTES
        )
        if node.stage in (EMBED, REDUCE):
            n = len(node.source.listing)
            cost.disk_bytes += 4 * n * forecaster.out_dim(node.subject)
    return costs
