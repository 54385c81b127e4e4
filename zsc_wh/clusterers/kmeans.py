"""K-Means (scikit-learn)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from zsc_wh.clusterers.method import (
    Clustering,
    FeatureClusterer,
    as_labels,
)
from zsc_wh.libraries import calling
from zsc_wh.method import param

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of K-Means."""

    init: Literal["k-means++", "random"] = param(
        default="k-means++", doc="where the centres start"
    )
    n_init: int = param(
        default=1, minimum=1, doc="number of starts, of which the best is kept"
    )
    max_iter: int = param(default=1000, minimum=1, doc="most steps of one start")
    tol: float = param(
        default=0.0001,
        minimum=0,
        doc="it ends when the centres move less, as a share of the variance",
    )
    algorithm: Literal["lloyd", "elkan"] = param(
        default="lloyd",
        doc="how samples find their centre; elkan: less time, more memory, same "
        "result but for rounding",
    )


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    with calling("scikit-learn") as notes:
        from sklearn.cluster import KMeans

        fitted = KMeans(n_clusters=n_clusters, random_state=seed, **asdict(params)).fit(
            X
        )
    # scikit-learn does not say whether it converged; at the limit it may have done so
    # in the last step, which nobody can tell.
    return Clustering(
        as_labels(fitted.labels_),
        converged=bool(fitted.n_iter_ < params.max_iter),
        n_iter=int(fitted.n_iter_),
        notes=tuple(notes),
    )


def _bytes(shape: Shape, params: Params) -> int:
    n, d, k = shape.n, shape.d, shape.k
    bounds = 8 * n * k if params.algorithm == "elkan" else 0
    return 4 * (3 * n * d + 4 * k * d + 8 * n) + bounds


def _seconds(shape: Shape, params: Params) -> float:
    n, d, k = shape.n, shape.d, shape.k
    steps: int = min(params.max_iter, 60) * params.n_init
    return 0.1 + 1e-10 * n * k * (d + 10) * steps


KMEANS = FeatureClusterer(
    name="kmeans",
    doc="K-Means",
    params=Params,
    cluster=_cluster,
    uses_seed=True,
    needs_k=lambda _params: True,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="scikit-learn",
)
