"""K-Means (scikit-learn)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.clusterers.method import (
    ClustererMethod,
    Clustering,
    Params,
    as_labels,
)
from zsc_wh.fields import Field
from zsc_wh.libraries import calling

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    with calling("scikit-learn") as notes:
        from sklearn.cluster import KMeans

        fitted = KMeans(n_clusters=n_clusters, random_state=seed, **params).fit(X)
    # scikit-learn does not say whether it converged; at the limit it may have done so
    # in the last step, which nobody can tell.
    return Clustering(
        as_labels(fitted.labels_),
        converged=bool(fitted.n_iter_ < params["max_iter"]),
        n_iter=int(fitted.n_iter_),
        notes=tuple(notes),
    )


def _bytes(n: int, d: int, k: int, params: Params) -> int:
    bounds = 8 * n * k if params["algorithm"] == "elkan" else 0
    return 4 * (3 * n * d + 4 * k * d + 8 * n) + bounds


def _seconds(n: int, d: int, k: int, params: Params) -> float:
    steps: int = min(params["max_iter"], 60) * params["n_init"]
    return 0.1 + 1e-10 * n * k * (d + 10) * steps


KMEANS = ClustererMethod(
    name="kmeans",
    doc="K-Means",
    fields={
        "init": Field(
            str,
            default="k-means++",
            choices=("k-means++", "random"),
            doc="where the centres start",
        ),
        "n_init": Field(
            int, default=1, minimum=1, doc="number of starts, of which the best is kept"
        ),
        "max_iter": Field(int, default=1000, minimum=1, doc="most steps of one start"),
        "tol": Field(
            float,
            default=1e-4,
            minimum=0,
            doc="it ends when the centres move less, as a share of the variance",
        ),
        "algorithm": Field(
            str,
            default="lloyd",
            choices=("lloyd", "elkan"),
            doc="how samples find their centre; elkan: less time, more memory, same "
            "result but for rounding",
        ),
    },
    cluster=_cluster,
    uses_seed=True,
    takes_k=lambda _params: True,
    own_limit=lambda _size, _params: None,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="scikit-learn",
)
