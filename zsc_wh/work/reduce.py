"""Reduce one embedding by one reducer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zsc_wh import reducers
from zsc_wh.identity import REVISIONS, key_of
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.sizes import Shape, Size
from zsc_wh.work import provenance
from zsc_wh.work.base import Array, Cost, forecast, typed
from zsc_wh.work.neighbours import Neighbours
from zsc_wh.work.readable import spread
from zsc_wh.work.sizes import not_applicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from zsc_wh.declare import Reducer
    from zsc_wh.store import Store
    from zsc_wh.work.embed import Embedding
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source

_PACKAGES = ("umap-learn", "manifolds-rs", "pacmap", "numba")


@dataclass(frozen=True)
class Reduction(Array):
    """An embedding with fewer features; that of `none` is the embedding itself.

    Parameters
    ----------
    key : str
        Identity.
    embedding, reducer, seed, dtype
        What is reduced, by what.
    impossible : str or None
        Why it cannot be made.
    neighbours : Neighbours or None
        What the reducer starts from, where it asks for exact neighbours.
    """

    stage: ClassVar[str] = "reduce"

    key: str
    embedding: Embedding
    reducer: Reducer
    seed: int
    dtype: str
    impossible: str | None
    neighbours: Neighbours | None = None

    @classmethod
    def of(
        cls, embedding: Embedding, reducer: Reducer, seed: int, dtype: str, sizes: Sizes
    ) -> Reduction:
        """Return the reduction of an embedding; a seed counts where it is used."""
        if reducer.is_identity:
            reason = embedding.impossible
            return cls(embedding.key, embedding, reducer, seed, dtype, reason)
        method = reducers.METHODS[reducer.kind]
        neighbours = None
        if k := method.asked_neighbours(reducer.params):
            neighbours = Neighbours.of(embedding, reducer.params, dtype, k)
        key = key_of(
            "reduce",
            embedding=embedding.key,
            reducer=reducer.key,
            seed=seed if method.uses_seed else None,
            dtype=dtype,
            # how many more of them there are changes nothing
            **({"neighbours": REVISIONS["neighbours"]} if neighbours else {}),
        )
        size = Size(sizes.n(embedding), sizes.dim(embedding))
        limit = method.limit(size, reducer.params)
        reason = embedding.impossible or not_applicable(
            limit, f"reducer {reducer.kind}"
        )
        return cls(key, embedding, reducer, seed, dtype, reason, neighbours)

    @property
    def array(self) -> Array:
        """The array that holds it."""
        return self.embedding if self.reducer.is_identity else self

    @property
    def itemsize(self) -> int:  # type: ignore[override]
        """As in its input, unless its method computes in float32."""
        return np.dtype(self.dtype).itemsize

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        title = f"{self.embedding.title} / {self.reducer.name}"
        return title if self.reducer.is_identity else f"{title} (seed {self.seed})"

    @property
    def name(self) -> str:
        """Name of the reducer."""
        return self.reducer.name

    @property
    def source(self) -> Source:  # type: ignore[override]
        """The dataset that is embedded."""
        return self.embedding.source

    def needs(self) -> tuple[Array, ...]:
        """Return the embedding, and the neighbours where it starts from these."""
        if self.neighbours is None:
            return (self.embedding,)
        return self.embedding, self.neighbours

    def expected_n(self, sizes: Sizes) -> int:
        """Return the samples of the embedding."""
        return sizes.n(self.embedding)

    def expected_dim(self, sizes: Sizes) -> int | None:
        """Return the components that are asked for."""
        if self.reducer.is_identity:
            return sizes.dim(self.embedding)
        asked: int | None = self.reducer.params.get("n_components")
        return asked

    def guessed_dim(self, sizes: Sizes) -> int:
        """Return a quarter of what there can be: a share of variance is asked for."""
        whole = sizes.guessed_dim(self.embedding)
        if self.reducer.is_identity:
            return whole
        return max(1, min(whole, sizes.n(self.embedding)) // 4)

    def may_be_impossible(self, sizes: Sizes) -> bool:
        """Whether the number of features decides it, and is not known yet."""
        # a limit that one feature is below is one of features
        least = Size(sizes.n(self.embedding), 1)
        method = reducers.METHODS[self.reducer.kind]
        is_known = sizes.dim(self.embedding) is not None
        return not is_known and bool(method.limit(least, self.reducer.params))

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by the formulas of its method."""
        method, params = reducers.METHODS[self.reducer.kind], self.reducer.params
        shape = Shape(sizes.n(self.embedding), sizes.guessed_dim(self.embedding))
        other = method.other_library(method.typed(params))
        cores = self._threads(sizes.cores)
        return forecast(
            self.stage,
            other or method.library,
            f"{method.name} by {other}" if other else method.name,
            typed(method.peak_bytes(shape, params), self.dtype),
            method.seconds(shape, params) / cores,
            disk_bytes=sizes.bytes(self),
            cores=cores,
        )

    def _threads(self, most: int) -> int:
        """Return how many threads it uses, of those that there are."""
        method = reducers.METHODS[self.reducer.kind]
        return most if method.takes_threads(method.typed(self.reducer.params)) else 1

    def task(self, session: Session) -> ReduceTask:
        """Return what a worker runs."""
        return ReduceTask(
            key=self.key,
            embedding_key=self.embedding.key,
            reducer_key=self.reducer.key,
            kind=self.reducer.kind,
            params=self.reducer.params,
            seed=self.seed,
            dtype=self.dtype,
            missing=session.left_out(self.embedding.key),
            neighbours_key=self.neighbours.key if self.neighbours else None,
            threads=self._threads(session.threads),
        )

    @classmethod
    def check(cls, works: Sequence[Self], *, device: str) -> None:
        """Check that the packages that reducers need are here.

        Raises
        ------
        MissingExtraError
            When one that a reducer needs beyond the extra ``ingest`` is missing.
        """
        del device
        for work in works:
            method = reducers.METHODS[work.reducer.kind]
            method.require(method.typed(work.reducer.params))


@dataclass(frozen=True)
class ReduceTask:
    """Make one reduction.

    Parameters
    ----------
    key, embedding_key, reducer_key : str
        Keys of the result, of the array to reduce and of the reducer.
    kind, params
        The reducer.
    seed : int
        Seed of the method; not recorded where the method uses none.
    dtype : str
        Floating point type of the input.
    missing : tuple of int
        Indices of the samples that the embedding lacks, ascending.
    neighbours_key : str or None
        Key of the neighbours, where the method starts from them.
    threads : int
        How many to use; the result does not depend on it.
    """

    reads_files: ClassVar[bool] = False

    key: str
    embedding_key: str
    reducer_key: str
    kind: str
    params: Mapping[str, Any]
    seed: int
    dtype: str
    missing: tuple[int, ...]
    neighbours_key: str | None
    threads: int

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Reduce, store the array, return its rows."""
        del progress  # the libraries report none
        method = reducers.METHODS[self.kind]
        features = np.asarray(store.load(self.embedding_key), dtype=self.dtype)
        neighbours = None
        if self.neighbours_key is not None:
            neighbours = store.load(self.neighbours_key)
        with provenance.Measurement() as measured:
            reduced = method.fit(
                features,
                self.params,
                self.seed,
                neighbours=neighbours,
                threads=self.threads,
            )

        def rows(sha256: str) -> Rows:
            return {
                "reduction": [
                    {
                        "reduction_key": self.key,
                        "embedding_key": self.embedding_key,
                        "reducer_key": self.reducer_key,
                        "seed": self.seed if method.uses_seed else None,
                        "dtype": self.dtype,
                        "n": int(reduced.array.shape[0]),
                        "dim": int(reduced.array.shape[1]),
                        "uri": store.uri(self.key),
                        "sha256": sha256,
                        "explained_variance": reduced.explained_variance,
                        **measured.columns(),
                        **provenance.columns(_PACKAGES, threads=self.threads),
                    }
                ],
                **self._projection(reduced.array),
            }

        stored = store.put(self.key, reduced.array, rows)
        return Outcome(Status.DONE, rows=stored.rows, notes=reduced.notes)

    def _projection(self, array: NDArray[Any]) -> Rows:
        """Keep two dimensions in the warehouse too, where they can be drawn."""
        if array.shape[1] != 2:
            return {}
        x, y = (spread(values, self.missing) for values in array.T.tolist())
        return {"projection": [{"reduction_key": self.key, "x": x, "y": y}]}
