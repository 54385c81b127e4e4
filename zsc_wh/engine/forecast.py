"""Forecast memory, time and disk of tasks from the sizes of their input.

The formulas of the methods are measured on one core; `tests/bench/bench_forecast.py`
compares them with what the tasks of a grid take. Where an input is not made yet, its
number of features may be a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh import clusterers, encoders, reducers
from zsc_wh.clusterers.method import guessed_k
from zsc_wh.datasets import decoding_bytes
from zsc_wh.engine.cells import Cell, Embedding, Reduction
from zsc_wh.engine.graph import EMBED, REDUCE, STAGES, Node
from zsc_wh.engine.probing import Probing
from zsc_wh.engine.shapes import Shapes
from zsc_wh.libraries import FOOTPRINTS, PROCESS_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.engine.plan import Plan
    from zsc_wh.store import Store

_SLACK_BYTES = 2**21
"""Small change of any task: its rows, its code, buffers of files."""
_BATCH = 128
"""Images in a forward pass; up to three batches are in memory."""
_PIXELS_S = 2e-4
"""Seconds to decode and prepare an image of few pixels."""
_PIXEL_S = 8e-7
"""Seconds of a network for each pixel of an image, on two cores: a ResNet-18."""
_ACTIVATIONS = 6
"""Numbers that a network holds for each pixel and channel of its first layer of 16."""
_WEIGHTS_BYTES = 64 * 2**20
"""Weights of a network, as a guess: a ResNet-18 has 45 MiB, a ViT-B/16 330 MiB."""
_DECODER_BYTES = 7 * 2**20
"""Pillow and open files."""
_PAIR_S = 2.5e-10
"""Seconds for one pair of samples and one feature, or for one cluster sum of a pair."""


@dataclass(frozen=True)
class Forecast:
    """Forecast of a task.

    Parameters
    ----------
    kind : str
        Stage and method, which measured times are kept for.
    seconds : float
        On one core (an embedding: on all), once the library is loaded.
    warm_up_s : float
        More, for the first task of this kind in a worker: importing and compiling.
    worker_bytes : int
        Memory of a process that has loaded the library.
    own_bytes : int
        Peak memory beside it.
    """

    kind: str
    seconds: float
    warm_up_s: float
    worker_bytes: int
    own_bytes: int

    @property
    def peak_bytes(self) -> int:
        """Peak memory of a new worker that does this task."""
        return self.worker_bytes + self.own_bytes


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
    shapes : Shapes
        Tells the shapes of arrays.
    clusters : callable, optional
        From a cell to the number of clusters that were found; None where it is not
        clustered yet.
    """

    def __init__(
        self,
        shapes: Shapes,
        clusters: Callable[[Cell], int | None] = lambda _cell: None,
    ) -> None:
        self._shapes = shapes
        self._clusters = clusters

    def of(self, node: Node) -> Forecast:
        """Return the forecast of a task."""
        library, method, own_bytes, seconds = self._parts(node)
        loaded = FOOTPRINTS[library]
        return Forecast(
            kind=f"{node.stage} {method}",
            seconds=seconds,
            warm_up_s=loaded.seconds,
            worker_bytes=PROCESS_BYTES + loaded.bytes,
            own_bytes=own_bytes + _SLACK_BYTES,
        )

    def disk_bytes(self, node: Node) -> int:
        """Return the size of the array that a task stores."""
        subject = node.subject
        if node.stage not in (EMBED, REDUCE) or isinstance(subject, Cell | Probing):
            return 0
        n = self._shapes.n(node.embedding)
        return 4 * n * self._shapes.guessed_dim(subject)

    def _parts(self, node: Node) -> tuple[str, str, int, float]:
        """Return library, kind of method, bytes and seconds."""
        subject, shapes = node.subject, self._shapes
        n = shapes.n(node.embedding)
        if isinstance(subject, Probing):
            probe, params = subject.method, subject.probe.params
            sizes = (shapes.n(subject.train), n, shapes.guessed_dim(subject.embedding))
            classes = _n_classes(subject)
            return (
                probe.library,
                probe.name,
                probe.peak_bytes(*sizes, classes, params),
                probe.seconds(*sizes, classes, params),
            )
        if node.due or node.truth_requests:
            return self._scores(node, n)
        if isinstance(subject, Embedding):
            return self._embedding(subject, n)
        if isinstance(subject, Cell):
            d = shapes.guessed_dim(subject.reduction)
            clusterer, k = subject.clusterer, subject.n_clusters
            kind = clusterers.METHODS[clusterer.kind]
            size = kind.peak_bytes(n, d, clusterer.params, k)
            seconds = kind.seconds(n, d, clusterer.params, k)
            return kind.library, kind.name, _typed(size, subject.reduction), seconds
        d = shapes.guessed_dim(subject.embedding)
        method, params = reducers.METHODS[subject.reducer.kind], subject.reducer.params
        size = _typed(method.peak_bytes(n, d, params), subject)
        return method.library, method.name, size, method.seconds(n, d, params)

    def _embedding(self, subject: Embedding, n: int) -> tuple[str, str, int, float]:
        kind = subject.encoder.loader["kind"]
        spec = encoders.LOADERS[kind]
        side = subject.encoder.image_size or 32
        array = 4 * n * self._shapes.guessed_dim(subject)
        size, seconds = 9 * array // 4 + _DECODER_BYTES, n * _PIXELS_S
        if spec.needs_images:
            size += decoding_bytes(max(subject.source.listing.sizes, default=0))
            size += 3 * _BATCH * 3 * 4 * side**2
        if spec.is_network:
            size += _WEIGHTS_BYTES + _ACTIVATIONS * _BATCH * 16 * 4 * side**2 // 2
            seconds += n * _PIXEL_S * side**2
        return spec.library, kind, size, seconds

    def _scores(self, node: Node, n: int) -> tuple[str, str, int, float]:
        subject = node.subject
        if node.array_key is None or isinstance(subject, Cell | Probing):
            return "scipy", "labels", 100 * n, 0.01 * len(node.due)
        from zsc_wh.metrics import internal_peak_bytes  # brings scipy

        d = self._shapes.guessed_dim(subject)
        counts = [
            self._n_clusters(due.cell, n)
            for due in node.due
            for _ in {request.subset for request in due.requests}
        ]
        levels = {level.key: level for level in node.source.listing.levels}
        counts += [
            levels[key].n_classes
            for key in {key for _, key in node.truth_requests}
            if key in levels
        ]
        size = 4 * n * d + internal_peak_bytes(n, d, counts)
        seconds = n * n * (d + 20 * len(counts)) * _PAIR_S
        return "scipy", "distances", size, seconds

    def _n_clusters(self, cell: Cell, n: int) -> int:
        """Return the clusters found, asked for, or as a guess."""
        return self._clusters(cell) or cell.n_clusters or guessed_k(n)


def _typed(size: int, reduction: Reduction) -> int:
    """Return the bytes of a method for the floating point type that it is given."""
    return 2 * size if reduction.dtype == "float64" else size


def _n_classes(probing: Probing) -> int:
    levels = (probing.train_level, probing.test_level)
    return len({name for level in levels if level for name in level.class_names})


def forecasts(plan: Plan, store: Store) -> dict[str, Forecast]:
    """Return the forecast of every task that can run, by id."""
    forecaster = Forecaster(Shapes(store))
    return {
        node.id: forecaster.of(node) for node in plan.graph if node.impossible is None
    }


def forecast_plan(plan: Plan, store: Store) -> dict[str, Cost]:
    """Return the forecast of a plan by stage."""
    forecaster = Forecaster(Shapes(store))
    costs = {stage: Cost() for stage in STAGES}
    for node in plan.graph:
        if node.impossible is not None:
            continue
        cost, forecast = costs[node.stage], forecaster.of(node)
        cost.seconds += forecast.seconds
        cost.peak_bytes = max(cost.peak_bytes, forecast.peak_bytes)
        cost.disk_bytes += forecaster.disk_bytes(node)
    return costs
