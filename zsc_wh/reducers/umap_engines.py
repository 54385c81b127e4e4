"""The libraries that lay out a graph of neighbours as UMAP does."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh import installed
from zsc_wh.compiling import keep_code, turn_to_compile
from zsc_wh.libraries import calling, without
from zsc_wh.reducers.method import Reduced
from zsc_wh.spaces.neighbours import exact_neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from zsc_wh.reducers.manifold import Params
    from zsc_wh.spaces.neighbours import Neighbours

_IMPORT_NOTE = "ParametricUMAP will be unavailable"
# Neighbours that are given cannot place new samples later, which nobody here asks for.
_GIVEN_NOTE = "transforming new data with transform will be unavailable"
_PASSED_ON = (
    "n_components",
    "min_dist",
    "spread",
    "learning_rate",
    "negative_sample_rate",
    "n_epochs",
    "init",
)
_LONG, _SHORT = 500, 200
_LONG_UP_TO = 10_000


def epochs(n: int, params: Params) -> int:
    """Return the passes over the graph: those of umap-learn where none are declared."""
    return params.n_epochs or (_LONG if n <= _LONG_UP_TO else _SHORT)


def require_manifolds() -> None:
    """Raise `MissingExtraError` unless manifolds-rs is installed."""
    what = "manifolds-rs, which engine = 'manifolds' needs"
    installed.require("manifolds_rs", what, extra="manifolds")


def by_umap_learn(
    X: NDArray[Any], params: Params, seed: int, neighbours: Neighbours | None
) -> Reduced:
    """Reduce by umap-learn, which finds the neighbours itself where none are given."""
    # numba compiles once more for arrays that cannot be written to, as those of the
    # store are; a copy is cheaper.
    X = np.require(X, requirements=["C", "W"])
    with calling("umap-learn") as notes:
        reducer = _umap_learn()(
            metric="euclidean",
            random_state=seed,
            n_jobs=1,  # what the library falls back to, with a warning, given a seed
            # Asked for more, the library takes all samples and says so, but drops those
            # that it was given.
            n_neighbors=min(params.n_neighbors, len(X)),
            precomputed_knn=_with_itself(neighbours),
            # else those given are not used for fewer than 4,096 samples
            force_approximation_algorithm=neighbours is not None,
            **{name: getattr(params, name) for name in _PASSED_ON},
        )
        with _numba_threads_kept():
            array = reducer.fit_transform(X)
    array = np.ascontiguousarray(array, dtype=np.float32)
    return Reduced(array, notes=without(notes, _IMPORT_NOTE, _GIVEN_NOTE))


@cache
def _umap_learn() -> Any:
    """Return the class, compiled: what this machine has not compiled yet, now."""
    with turn_to_compile("umap-learn") as is_first:
        from umap import UMAP

        keep_code("umap", "pynndescent")
        if is_first:
            X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
            for given in (None, exact_neighbours(X, 4)):
                UMAP(
                    n_neighbors=5,
                    n_epochs=2,
                    random_state=0,
                    n_jobs=1,
                    precomputed_knn=_with_itself(given),
                    force_approximation_algorithm=given is not None,
                ).fit_transform(X)
    return UMAP


def by_manifolds(
    X: NDArray[Any], params: Params, seed: int, neighbours: Neighbours, threads: int
) -> Reduced:
    """Reduce by manifolds-rs; its bits do not depend on the number of threads."""
    k = neighbours.shape[1]
    with calling("manifolds-rs", "manifolds") as notes:
        import manifolds_rs

        manifolds_rs.set_num_threads(threads)
        reducer = manifolds_rs.UMAP(
            n_components=params.n_components,
            n_neighbors=k,
            min_dist=params.min_dist,
            spread=params.spread,
            n_epochs=epochs(len(X), params),
            learning_rate=params.learning_rate,
            init=params.init,
            optimiser="adam_parallel",
            seed=seed,
            optim_params=manifolds_rs.UmapOptim(
                neg_sample_rate=params.negative_sample_rate
            ),
        )
        try:
            array = reducer.fit_transform(
                X.astype(np.float32),
                knn_indices=neighbours["index"],
                knn_distances=neighbours["distance"],
            )
        except manifolds_rs.ManifoldsRsError as error:
            raise RuntimeError(str(error)) from error
    if k < params.n_neighbors - 1:
        notes.append(f"n_neighbors is {params.n_neighbors}, and each sample has {k}")
    return Reduced(np.ascontiguousarray(array), notes=tuple(notes))


def _with_itself(neighbours: Neighbours | None) -> tuple[Any, Any, None]:
    """Return indices and distances as umap-learn takes them, each sample the first."""
    if neighbours is None:
        return None, None, None
    itself = np.arange(len(neighbours), dtype=np.int32)[:, None]
    indices = np.hstack([itself, neighbours["index"]])
    return indices, np.pad(neighbours["distance"], ((0, 0), (1, 0))), None


@contextmanager
def _numba_threads_kept() -> Iterator[None]:
    """Put numba's number of threads back, which UMAP does only when all goes well."""
    import numba

    before = numba.get_num_threads()
    try:
        yield
    finally:
        numba.set_num_threads(before)
