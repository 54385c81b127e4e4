"""What the works of one ingest share: options, what is recorded, what was found."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsc_wh.work import provenance
from zsc_wh.work.readable import left_out
from zsc_wh.work.sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zsc_wh.datasets import Level
    from zsc_wh.records import Outcome
    from zsc_wh.store import Store
    from zsc_wh.work.base import Work

IntArray = NDArray[np.int32]


@dataclass
class Session:
    """State of one ingest, as far as its works need it.

    Parameters
    ----------
    store : Store
        Tells which samples an embedding lacks.
    levels : mapping
        Labels of each dataset, by the key of its images and their own.
    unreadable : mapping
        Key of recorded embeddings to the samples that they lack, ascending.
    weights : mapping
        Encoder key to the sha256 of the weights that were loaded before.
    assignments : dict
        Cell key to the run that closed it and its labels, of the readable samples.
    device : str
        Device of the embeddings.
    kernel_device : str
        The same, but with ``auto`` looked up: of kernels of our own.
    threads : int
        Threads of an embedding on the processor; other tasks use one.
    offline : bool
        Whether nothing may be downloaded.
    ingest_id : str
        Name of this ingest in the table `task`.
    """

    store: Store
    levels: Mapping[str, Mapping[str, Level]]
    unreadable: Mapping[str, tuple[int, ...]]
    weights: Mapping[str, str]
    assignments: dict[str, tuple[str, IntArray]] = field(default_factory=dict)
    device: str = "auto"
    kernel_device: str = "cpu"
    threads: int = 1
    offline: bool = False
    ingest_id: str = field(default_factory=lambda: secrets.token_hex(16))

    def left_out(self, embedding_key: str) -> tuple[int, ...]:
        """Return the samples that an embedding lacks, also when its array is gone."""
        recorded = self.unreadable.get(embedding_key)
        return left_out(self.store, embedding_key) if recorded is None else recorded

    def sizes(self) -> Sizes:
        """Return the sizes of what is stored and clustered by now."""
        return Sizes(self.store, clusters=self.n_clusters, device=self.kernel_device)

    def keep(self, cell_key: str, run_key: str, labels: Iterable[int | None]) -> None:
        """Keep what a clustering found, for the scores that wait for it."""
        self.assignments[cell_key] = (run_key, compact(labels))

    def n_clusters(self, cell_key: str) -> int | None:
        """Return how many clusters a cell has, None before it is clustered."""
        known = self.assignments.get(cell_key)
        return None if known is None else int(known[1].max(initial=-1)) + 1

    def task_row(self, work: Work, outcome: Outcome, cores: int) -> dict[str, Any]:
        """Return the row of the table `task`."""
        return {
            "task_id": secrets.token_hex(16),
            "ingest_id": self.ingest_id,
            "stage": work.stage,
            "subject": work.title,
            "subject_key": work.row_key(outcome),
            "status": outcome.status,
            "reason": outcome.reason,
            "notes": "; ".join(outcome.notes) or None,
            "wall_s": outcome.wall_s,
            "peak_bytes": outcome.peak_bytes,
            "threads": cores,
            "host": provenance.host(),
            "started_at": provenance.now() - timedelta(seconds=outcome.wall_s or 0),
            "cpu_energy_j": outcome.cpu_energy_j,
            "gpu_energy_j": outcome.gpu_energy_j,
        }


def compact(labels: Iterable[int | None]) -> IntArray:
    """Return an assignment as it was found: of the samples that could be read."""
    return np.array([each for each in labels if each is not None], dtype=np.int32)
