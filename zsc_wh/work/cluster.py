"""Cluster one reduction by one clusterer: the run of a cell."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zsc_wh import clusterers, encoders, scaling
from zsc_wh.clusterers.method import guessed_k
from zsc_wh.clusterers.trees import Tree
from zsc_wh.identity import key_of
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.sizes import Shape, Size
from zsc_wh.work import provenance
from zsc_wh.work.base import Array, Cost, Work, forecast, typed
from zsc_wh.work.linkage import PACKAGES as LINKAGE_PACKAGES
from zsc_wh.work.linkage import Linkage
from zsc_wh.work.readable import spread
from zsc_wh.work.sizes import not_applicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zsc_wh.clusterers import Clustering
    from zsc_wh.declare import Clusterer
    from zsc_wh.store import Store
    from zsc_wh.work.embed import Embedding
    from zsc_wh.work.reduce import Reduction
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source

_PACKAGES = ("hdbscan", "fast-plscan", *LINKAGE_PACKAGES)

_CUT_BYTES = 200
"""For each sample: a tree, its nodes and their clusters."""


@dataclass(frozen=True)
class Cell(Work):
    """A clustering of a reduction: what grids declare.

    Parameters
    ----------
    key : str
        Identity.
    reduction, clusterer, seed
        What is clustered, by what.
    n_clusters : int or None
        Number of clusters asked for; None where the clusterer finds it.
    impossible : str or None
        Why the cell cannot be run.
    """

    stage: ClassVar[str] = "cluster"
    is_cell: ClassVar[bool] = True

    key: str
    reduction: Reduction
    clusterer: Clusterer
    seed: int
    n_clusters: int | None
    impossible: str | None

    @classmethod
    def of(
        cls,
        reduction: Reduction,
        clusterer: Clusterer,
        seed: int,
        k: int | None,
        sizes: Sizes,
        *,
        impossible: str | None = None,
    ) -> Cell:
        """Return the cell of a reduction and a clusterer.

        Parameters
        ----------
        reduction, clusterer, seed
            What is clustered, by what.
        k : int or None
            Number of clusters to ask for, wherever it comes from; None where the
            clusterer finds it.
        sizes : Sizes
            Sizes of arrays, which its limits follow from.
        impossible : str or None
            Why it cannot be run, where that is known already.
        """
        key = key_of(
            "cluster",
            embedding=reduction.embedding.key,
            reducer=reduction.reducer.key,
            clusterer=clusterer.key,
            k=k,
            subset="all",
            seed=seed,
            dtype=reduction.dtype,
        )
        size = Size(sizes.n(reduction.embedding), sizes.dim(reduction), k)
        reason = impossible or reduction.impossible
        if reason is None:
            limit = clusterers.METHODS[clusterer.kind].limit(size, clusterer.params)
            reason = not_applicable(limit, f"clusterer {clusterer.kind}")
        return cls(key, reduction, clusterer, seed, k, reason)

    @property
    def embedding(self) -> Embedding:
        """The embedding that it starts from."""
        return self.reduction.embedding

    @property
    def source(self) -> Source:  # type: ignore[override]
        """The dataset that is clustered."""
        return self.embedding.source

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        parts = (
            self.embedding.encoder.name,
            self.source.dataset.name,
            self.reduction.reducer.name,
            self.clusterer.name,
        )
        return f"{' / '.join(parts)} (seed {self.seed})"

    @property
    def name(self) -> str:
        """Name of the clusterer."""
        return self.clusterer.name

    @cached_property
    def linkage(self) -> Linkage | None:
        """The tree that it cuts; None where it works on the features."""
        return Linkage.of(self.reduction, self.clusterer)

    def needs(self) -> tuple[Array, ...]:
        """Return what is clustered, or its tree."""
        return (self.linkage or self.reduction.array,)

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by the formulas of its method; a tree costs apart."""
        method, params = clusterers.METHODS[self.clusterer.kind], self.clusterer.params
        n, d = sizes.n(self.embedding), sizes.guessed_dim(self.reduction)
        if self.linkage is not None:
            return forecast(self.stage, "numpy", method.name, _CUT_BYTES * n, 1e-6 * n)
        shape = Shape(n, d, self.n_clusters or guessed_k(n))
        on_gpu = self._gpu(sizes) is not None
        cores = 1 if on_gpu else self._threads(sizes.cores)
        return forecast(
            self.stage,
            "torch" if on_gpu else method.library,
            method.name,
            typed(method.peak_bytes(shape, params), self.reduction.dtype),
            method.seconds(shape, params) / cores,
            cores=cores,
            gpu=on_gpu,
        )

    def _gpu(self, sizes: Sizes) -> str | None:
        """Return the GPU that it uses; None where the processor does it."""
        method = clusterers.METHODS[self.clusterer.kind]
        if not method.takes_device:
            return None
        n, d = sizes.n(self.embedding), sizes.guessed_dim(self.reduction)
        shape = Shape(n, d, self.n_clusters or guessed_k(n))
        return sizes.gpu(method.seconds(shape, self.clusterer.params))

    def _threads(self, most: int) -> int:
        """Return how many threads it uses, of those that there are."""
        return most if clusterers.METHODS[self.clusterer.kind].takes_threads else 1

    def task(self, session: Session) -> ClusterTask:
        """Return what a worker runs."""
        return ClusterTask(
            cell_key=self.key,
            array_key=self.needs()[0].key,
            missing=session.left_out(self.embedding.key),
            kind=self.clusterer.kind,
            params=self.clusterer.params,
            n_clusters=self.n_clusters,
            seed=self.seed,
            standardise=self.clusterer.standardise,
            dimension_correction=self.clusterer.dimension_correction,
            dtype=self.reduction.dtype,
            threads=self._threads(session.threads),
            device=self._gpu(session.sizes()),
        )

    @classmethod
    def check(cls, works: Sequence[Self], *, device: str) -> None:
        """Check that there is the GPU that is asked for.

        Raises
        ------
        ConfigError
            When there is not.
        """
        kinds = {each.clusterer.kind for each in works}
        can_use_it = any(clusterers.METHODS[kind].takes_device for kind in kinds)
        if device.startswith("cuda") and can_use_it:
            encoders.check_device(device)

    def conclude(self, outcome: Outcome, session: Session) -> Rows:
        """Keep the assignment; where there is none, say so in a run of its own."""
        if outcome.status is Status.DONE:
            (assignment,) = outcome.rows["assignment"]
            session.keep(self.key, assignment["run_key"], assignment["labels"])
        elif outcome.status is not Status.BLOCKED:
            return {"run": [self.failed_run(outcome)]}
        return {}

    def failed_run(self, outcome: Outcome) -> dict[str, Any]:
        """Return the row of an attempt that made no assignment."""
        return {
            "run_key": secrets.token_hex(16),
            "cell_key": self.key,
            "status": outcome.status,
            "reason": outcome.reason or "",
            "over_limit_bytes": outcome.over_limit_bytes,
            "host": provenance.host(),
            "versions": provenance.versions(_PACKAGES),
            "started_at": provenance.now(),
        }


@dataclass(frozen=True)
class ClusterTask:
    """Make one assignment.

    Parameters
    ----------
    cell_key, array_key : str
        Keys of the cell and of the reduced array, or of its tree.
    missing : tuple of int
        Indices of the samples that the array lacks, ascending.
    kind, params, n_clusters, seed
        The clusterer; `n_clusters` is None where it finds K itself.
    standardise, dimension_correction
        Scaling of the reduced array before clustering (`zsc_wh.scaling.prepared`).
    dtype : str
        Floating point type of the input.
    threads : int
        How many to use; the result does not depend on it.
    device : str or None
        GPU to compute on; None for the processor.
    """

    reads_files: ClassVar[bool] = False

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
    threads: int = 1
    device: str | None = None

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Cluster and return the rows of the run and its assignment."""
        del progress  # the libraries report none
        started = provenance.now()
        method = clusterers.TREES.get(self.kind)
        if method is not None:
            tree = Tree.of_array(store.load(self.array_key))
            with provenance.Measurement() as measured:
                found = method.cut_tree(tree, self.params, self.n_clusters)
        else:
            found, measured = self._clustered(store)
        n_clusters = len(np.unique(found.labels[found.labels >= 0]))
        n_noise = int((found.labels < 0).sum())
        compared = found.compared
        cause = compared.outside(self.params[compared.parameter]) if compared else None
        status, reason = judge(found.converged, n_clusters, len(found.labels), cause)
        run_key = secrets.token_hex(16)
        columns = provenance.columns(
            (*_PACKAGES, "torch") if self.device else _PACKAGES,
            threads=self.threads,
            device=self.device or "cpu",
        )
        run = {
            "run_key": run_key,
            "cell_key": self.cell_key,
            "linkage_key": None if method is None else self.array_key,
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

    def _clustered(self, store: Store) -> tuple[Clustering, provenance.Measurement]:
        """Return the clusters of the reduced array, and what they took."""
        features = np.asarray(store.load(self.array_key), dtype=self.dtype)
        metric = str(self.params.get("metric", "euclidean"))
        corrected = metric if self.dimension_correction else None
        features = scaling.prepared(features, self.standardise, corrected)
        method = clusterers.METHODS[self.kind]
        with provenance.Measurement() as measured:
            found = method.fit(
                features,
                self.params,
                self.n_clusters,
                self.seed,
                threads=self.threads,
                device=self.device,
            )
        return found, measured


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
