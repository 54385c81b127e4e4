"""Cluster one reduction by one clusterer: the run of a cell."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh import clusterers, scaling
from zsc_wh.records import Outcome, Status
from zsc_wh.stages import provenance
from zsc_wh.stages.readable import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsc_wh.store import Store


@dataclass(frozen=True)
class ClusterTask:
    """Make one assignment.

    Parameters
    ----------
    cell_key, array_key : str
        Keys of the cell and of the reduced array.
    missing : tuple of int
        Indices of the samples that the array lacks, ascending.
    kind, params, n_clusters, seed
        The clusterer; `n_clusters` is None where it finds K itself.
    standardise, dimension_correction
        Scaling of the reduced array before clustering (`zsc_wh.scaling`).
    dtype : str
        Floating point type of the input.
    """

    stage: ClassVar[str] = "cluster"

    cell_key: str
    array_key: str
    missing: tuple[int, ...]
    kind: str
    params: Mapping[str, Any]
    n_clusters: int | None
    seed: int
    standardise: str
    dimension_correction: bool
    dtype: str

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Cluster and return the rows of the run and its assignment."""
        del progress  # the libraries report none
        started = provenance.now()
        features = np.asarray(store.load(self.array_key), dtype=self.dtype)
        features = scaling.standardise(features, self.standardise)
        if self.dimension_correction:
            metric = str(self.params.get("metric", "euclidean"))
            features = scaling.correct_dimension(features, metric)
        method = clusterers.METHODS[self.kind]
        with provenance.Measurement() as measured:
            found = method.fit(features, self.params, self.n_clusters, self.seed)
        n_clusters = len(np.unique(found.labels[found.labels >= 0]))
        n_noise = int((found.labels < 0).sum())
        compared = found.compared
        cause = compared.outside(self.params[compared.parameter]) if compared else None
        status, reason = judge(found.converged, n_clusters, len(found.labels), cause)
        run_key = secrets.token_hex(16)
        columns = provenance.stage_columns(self.stage, threads=1)
        run = {
            "run_key": run_key,
            "cell_key": self.cell_key,
            "status": status,
            "reason": reason,
            "n_clusters": n_clusters,
            "n_noise": n_noise,
            "converged": found.converged,
            "n_iter": found.n_iter,
            "started_at": started,
            **measured.columns(),
            **{k: v for k, v in columns.items() if k != "created_at"},
        }
        labels = spread(found.labels.tolist(), self.missing)
        assignment = {"run_key": run_key, "labels": labels}
        rows = {"run": [run], "assignment": [assignment]}
        return Outcome(Status.DONE, rows=rows, notes=found.notes)


def judge(
    converged: bool | None, n_clusters: int, n_samples: int, cause: str | None
) -> tuple[Status, str | None]:
    """Return the status of a finished clustering and the reason unless it is done.

    `cause` explains a degenerate one, where the method knows why it is.
    """
    if converged is False:
        return Status.NOT_CONVERGED, "the method stopped at its iteration limit"
    degenerate = {
        n_samples: "every sample is a cluster of its own",
        0: "every sample is noise",
        1: "one cluster",
    }.get(n_clusters)
    if degenerate is None:
        return Status.DONE, None
    return Status.DEGENERATE, f"{degenerate}: {cause}" if cause else degenerate
