"""Affinity propagation (scikit-learn)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.clusterers.method import (
    ClustererMethod,
    Clustering,
    Params,
    as_labels,
)
from zsc_wh.fields import Field
from zsc_wh.libraries import calling, without

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NOT_CONVERGED = "Affinity propagation did not converge"


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    del n_clusters  # it finds the clusters itself
    with calling("scikit-learn") as notes:
        from sklearn.cluster import AffinityPropagation

        fitted = AffinityPropagation(random_state=seed, **params).fit(X)
    n_iter = int(fitted.n_iter_)
    stopped = any(_NOT_CONVERGED in note for note in notes)
    return Clustering(
        as_labels(fitted.labels_),
        # No iteration is made where all similarities are equal.
        converged=None if n_iter == 0 else not stopped,
        n_iter=n_iter,
        notes=without(notes, _NOT_CONVERGED),
    )


def _fault(params: Params) -> str | None:
    return None if params["damping"] < 1 else "damping must be under 1"


def _bytes(n: int, d: int, k: int, params: Params) -> int:
    del k, params  # neither matters
    return 8 * (2 * n * d + 5 * n * n) + 2**25


def _seconds(n: int, d: int, k: int, params: Params) -> float:
    del k  # it finds the clusters itself
    return 0.1 + 1e-8 * n * n * min(params["max_iter"], 200) + 1e-9 * n * n * d


AFFINITY = ClustererMethod(
    name="affinity",
    fields={
        "damping": Field(
            float,
            default=0.9,
            minimum=0.5,
            maximum=1,
            doc="share of the old messages kept in each step",
        ),
        "preference": Field(
            float,
            default=None,
            doc="negative squared distance; unset: the median similarity",
        ),
        "max_iter": Field(int, default=1000, minimum=1),
        "convergence_iter": Field(
            int, default=15, minimum=1, doc="steps without a change of the exemplars"
        ),
    },
    cluster=_cluster,
    uses_seed=True,
    takes_k=lambda _params: False,
    limit=lambda _n, _d, _k, _params: None,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    check=_fault,
)
