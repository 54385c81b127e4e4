"""Make the payload of a task when its inputs are known, and the row that records it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from zsc_wh.engine.cells import Cell, Embedding, Reduction
from zsc_wh.engine.graph import EMBED, SCORE, Node
from zsc_wh.engine.probing import Probing
from zsc_wh.engine.recorded import compact, read_assignments
from zsc_wh.records import Status
from zsc_wh.stages import provenance
from zsc_wh.stages.cluster import ClusterTask
from zsc_wh.stages.embed import EmbedTask
from zsc_wh.stages.probe import ProbeTask
from zsc_wh.stages.readable import left_out
from zsc_wh.stages.reduce import ReduceTask
from zsc_wh.stages.score import NO_LABELS, Item, ScoreTask, TrueLabels

if TYPE_CHECKING:
    from zsc_wh.datasets import Level
    from zsc_wh.engine.plan import Plan
    from zsc_wh.engine.worker import Task
    from zsc_wh.records import Outcome, Rows
    from zsc_wh.store import Store
    from zsc_wh.warehouse import Warehouse

IntArray = NDArray[np.int32]


class TaskFactory:
    """Makes tasks of the nodes of a plan.

    Parameters
    ----------
    plan : Plan
        The plan that the nodes belong to.
    warehouse : Warehouse
        Holds the assignments of cells that were clustered before.
    store : Store
        Tells which samples an embedding lacks.
    ingest_id : str
        Name of this ingest in the table `task`.
    device : str
        Device of the embeddings.
    threads : int
        Threads of an embedding on the processor; other stages use one.
    offline : bool
        Whether nothing may be downloaded.
    """

    def __init__(
        self,
        plan: Plan,
        warehouse: Warehouse,
        store: Store,
        *,
        ingest_id: str,
        device: str,
        threads: int,
        offline: bool,
    ) -> None:
        self._plan = plan
        self._store = store
        self._offline = offline
        self._ingest_id = ingest_id
        self._device = device
        self._threads = threads
        self._assignments: dict[str, tuple[str, IntArray]] = {}
        recorded = {
            due.run_key: due.cell.key
            for node in plan.graph
            for due in node.due
            if due.run_key is not None
        }
        if recorded:
            for run_key, labels in read_assignments(warehouse, recorded).items():
                self._assignments[recorded[run_key]] = (run_key, labels)

    def task(self, node: Node) -> Task:
        """Return what a worker runs for a node."""
        subject = node.subject
        if node.stage == SCORE:
            return ScoreTask(
                node.array_key,
                tuple(self.items(node)),
                self._truth(node),
                tuple(node.truth_requests),
            )
        if isinstance(subject, Embedding):
            return EmbedTask(
                key=subject.key,
                encoder_key=subject.encoder_key,
                features_sha256=subject.features_sha256,
                encoder=subject.encoder,
                dataset=subject.source.dataset,
                listing=subject.source.listing,
                transform=subject.transform,
                device=self._device,
                threads=self._threads,
                offline=self._offline,
                weights=subject.weights,
                weights_sha256=self._plan.recorded.weights.get(subject.encoder_key),
                unreadable=self._recorded_unreadable(subject),
            )
        if isinstance(subject, Reduction):
            return ReduceTask(
                key=subject.key,
                embedding_key=subject.embedding.key,
                reducer_key=subject.reducer.key,
                kind=subject.reducer.kind,
                params=subject.reducer.params,
                seed=subject.seed,
                dtype=subject.dtype,
                missing=self._left_out(subject.embedding),
            )
        if isinstance(subject, Cell):
            return self._cluster_task(subject)
        return ProbeTask(
            rows=subject.rows,
            # a probe without one is not applicable, and no task of a graph
            train=cast("Level", subject.train_level),
            test=subject.test_level,
            train_missing=self._left_out(subject.train),
            test_missing=self._left_out(subject.embedding),
            kind=subject.probe.kind,
            params=subject.probe.params,
            seed=subject.seed,
        )

    def items(self, node: Node) -> list[Item]:
        """Return the assignments that a score task judges; failed cells have none."""
        return [
            Item(*self._assignments[due.cell.key], due.requests)
            for due in node.due
            if due.cell.key in self._assignments
        ]

    def has_items(self, node: Node) -> bool:
        """Whether a score task has an assignment to judge."""
        return any(due.cell.key in self._assignments for due in node.due)

    def n_clusters(self, cell: Cell) -> int | None:
        """Return how many clusters a cell has, None before it is clustered."""
        known = self._assignments.get(cell.key)
        return None if known is None else int(known[1].max(initial=-1)) + 1

    def keep_assignment(self, cell: Cell, rows: Rows) -> None:
        """Keep what a cluster task found, for the scores that wait for it."""
        (assignment,) = rows["assignment"]
        labels = compact(assignment["labels"])
        self._assignments[cell.key] = (assignment["run_key"], labels)

    def undefined_scores(self, node: Node, reason: str) -> Rows:
        """Return rows for scores that cannot exist."""
        return {
            "score": [
                request.row(item.run_key, None, reason)
                for item in self.items(node)
                for request in item.requests
            ]
        }

    def task_row(self, node: Node, outcome: Outcome) -> dict[str, Any]:
        """Return the row of the table `task`."""
        return {
            "task_id": secrets.token_hex(16),
            "ingest_id": self._ingest_id,
            "stage": node.stage,
            "subject": node.title,
            "subject_key": _row_key(node, outcome),
            "status": outcome.status,
            "reason": outcome.reason,
            "notes": "; ".join(outcome.notes) or None,
            "wall_s": outcome.wall_s,
            "peak_bytes": outcome.peak_bytes,
            "threads": self._threads if node.stage == EMBED else 1,
            "host": provenance.host(),
            "started_at": provenance.now() - timedelta(seconds=outcome.wall_s or 0),
            "cpu_energy_j": outcome.cpu_energy_j,
            "gpu_energy_j": outcome.gpu_energy_j,
        }

    def _cluster_task(self, cell: Cell) -> ClusterTask:
        return ClusterTask(
            cell_key=cell.key,
            array_key=cell.reduction.key,
            missing=self._left_out(cell.embedding),
            kind=cell.clusterer.kind,
            params=cell.clusterer.params,
            n_clusters=cell.n_clusters,
            seed=cell.seed,
            standardise=cell.clusterer.standardise,
            dimension_correction=cell.clusterer.dimension_correction,
            dtype=cell.reduction.dtype,
        )

    def _truth(self, node: Node) -> tuple[TrueLabels, ...]:
        """Return the labels that a score task names, of the samples of its array."""
        keys = {request.label_key for due in node.due for request in due.requests}
        keys |= {label_key for _, label_key in node.truth_requests}
        left_out = list(self._left_out(node.embedding))
        levels = self._plan.levels[node.source.key]
        return tuple(
            TrueLabels(key, np.delete(_class_index(levels[key]), left_out))
            for key in sorted(keys - {NO_LABELS})
        )

    def _left_out(self, embedding: Embedding) -> tuple[int, ...]:
        """Return the samples that an embedding lacks, also when its array is gone."""
        recorded = self._recorded_unreadable(embedding)
        return left_out(self._store, embedding.key) if recorded is None else recorded

    def _recorded_unreadable(self, embedding: Embedding) -> tuple[int, ...] | None:
        """Return what the warehouse knows of it, None where it was never made."""
        recorded = self._plan.recorded
        if embedding.key not in recorded.arrays:
            return None
        return tuple(recorded.unreadable.get(embedding.key, ()))


def _class_index(level: Level) -> IntArray:
    """Return the class of every sample; -1 where the label is missing."""
    return np.array(
        [-1 if index is None else index for index in level.class_index], dtype=np.int32
    )


def _row_key(node: Node, outcome: Outcome) -> str:
    """Return the key of a row that a task made, or of the array that it worked on."""
    if isinstance(node.subject, Probing):
        is_done = outcome.status is Status.DONE
        return node.subject.rows[0].key if is_done else node.subject.embedding.key
    return node.subject.key
