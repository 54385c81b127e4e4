"""Affinity propagation, equal to scikit-learn's AffinityPropagation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from zsc_wh.clusterers.method import (
    Clustering,
    Compared,
    FeatureClusterer,
    as_labels,
)
from zsc_wh.clusterers.propagation import propagate
from zsc_wh.libraries import calling
from zsc_wh.method import param

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of affinity propagation."""

    damping: float = param(
        default=0.9,
        minimum=0.5,
        maximum=1,
        doc="share of the old messages kept in each step",
    )
    preference: float | None = param(
        default=None,
        doc="how readily a sample becomes an exemplar, as a negative squared "
        "distance; unset: the median similarity",
    )
    max_iter: int = param(default=1000, minimum=1, doc="most steps")
    convergence_iter: int = param(
        default=15, minimum=1, doc="steps without a change of the exemplars"
    )
    precision: Literal["float64", "float32"] = param(
        default="float64",
        is_optional=True,
        doc="type of the messages; float32 takes half the memory, and its rounding can "
        "choose other exemplars",
    )


def _cluster(
    X: NDArray[Any],
    params: Params,
    n_clusters: int | None,
    seed: int,
    threads: int,
    device: str | None,
) -> Clustering:
    del n_clusters  # it finds the clusters itself
    with calling("scikit-learn, numba or torch") as notes:
        found = propagate(
            X, seed=seed, threads=threads, device=device, **asdict(params)
        )
    if found.n_iter == 0:
        notes.append("all similarities are equal, so the clusters are arbitrary")
    return Clustering(
        as_labels(found.labels),
        converged=found.converged if found.n_iter else None,
        n_iter=found.n_iter,
        notes=tuple(notes),
        compared=None
        if params.preference is None or len(X) == 1
        else Compared("preference", "similarity", *found.similarities),
    )


def _fault(params: Params) -> str | None:
    return None if params.damping < 1 else "damping must be under 1"


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    # doubled for float64 features, whose similarities alone take more
    own = 8 if params.precision == "float64" else 4
    return 4 * n * d + 3 * own * n * n + 800 * n


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    steps: int = min(params.max_iter, 250)
    return 3e-9 * n * n * steps + 1e-9 * n * n * d


AFFINITY = FeatureClusterer(
    name="affinity",
    doc="affinity propagation, which finds K itself",
    units={"preference": 2},
    params=Params,
    cluster=_cluster,
    uses_seed=True,
    needs_k=lambda _params: False,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    takes_threads=True,
    takes_device=True,
    library="numba",
    own_fault=_fault,
)
