"""Find the neighbours of every sample of an embedding, once for all reducers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zsc_wh import encoders
from zsc_wh.identity import key_of
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.reducers.method import neighbours_of
from zsc_wh.spaces.neighbours import NEIGHBOUR, search_bytes, search_seconds
from zsc_wh.work import provenance
from zsc_wh.work.base import Array, Cost, forecast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zsc_wh.store import Store
    from zsc_wh.work.embed import Embedding
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source

_PACKAGES = ("faiss-cpu",)
_FEWEST = 32
"""Neighbours that are found where fewer are asked for, so that these share them."""


@dataclass(frozen=True)
class Neighbours(Array):
    """The nearest other samples of each sample, and how far away they are.

    Parameters
    ----------
    key : str
        Identity.
    embedding : Embedding
        Among whose samples.
    space : mapping
        How its features are scaled first: `zscore`, and `metric` for unit rows.
    dtype : str
        Floating point type of the features.
    k : int
        Neighbours of each sample: a power of two.
    """

    stage: ClassVar[str] = "neighbours"

    key: str
    embedding: Embedding
    space: Mapping[str, Any]
    dtype: str
    k: int

    @classmethod
    def of(
        cls, embedding: Embedding, params: Mapping[str, Any], dtype: str, k: int
    ) -> Neighbours:
        """Return what a reducer with these parameters shares with others.

        It has at least `k` neighbours; a shorter list is the beginning of a longer one.
        """
        space = {name: params[name] for name in ("zscore", "metric")}
        rounded = max(_FEWEST, 1 << (k - 1).bit_length())
        key = key_of(
            "neighbours", embedding=embedding.key, dtype=dtype, k=rounded, **space
        )
        return cls(key, embedding, space, dtype, rounded)

    @property
    def impossible(self) -> str | None:  # type: ignore[override]
        """Why there is no embedding, if there is none."""
        return self.embedding.impossible

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        return f"{self.embedding.title} / {self.name}"

    @property
    def name(self) -> str:
        """The number of neighbours, and how the features are scaled."""
        scaling = "z-scored " if self.space["zscore"] else ""
        distance = {"arccos": " by angle"}.get(self.space["metric"], "")
        return f"{self.k} {scaling}neighbours{distance}"

    @property
    def source(self) -> Source:  # type: ignore[override]
        """The dataset that is embedded."""
        return self.embedding.source

    def needs(self) -> tuple[Array, ...]:
        """Return the embedding."""
        return (self.embedding,)

    def expected_n(self, sizes: Sizes) -> int:
        """Return the samples of the embedding."""
        return sizes.n(self.embedding)

    def expected_dim(self, sizes: Sizes) -> int:
        """Return the neighbours of each sample."""
        return max(0, min(self.k, sizes.n(self.embedding) - 1))

    def guessed_dim(self, sizes: Sizes) -> int:
        """Return the same: it is known."""
        return self.expected_dim(sizes)

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by the formulas of the search."""
        n, d = sizes.n(self.embedding), sizes.guessed_dim(self.embedding)
        width = np.dtype(self.dtype).itemsize
        on_gpu = sizes.gpu(search_seconds(n, d, self.k)) is not None
        cores = 1 if on_gpu else sizes.cores
        return forecast(
            self.stage,
            "torch" if on_gpu else "faiss",
            "exact",
            search_bytes(n, d, self.k, width) + width * n * d,
            search_seconds(n, d, self.k) / cores,
            disk_bytes=NEIGHBOUR.itemsize * n * self.k,
            cores=cores,
            gpu=on_gpu,
        )

    def task(self, session: Session) -> NeighboursTask:
        """Return what a worker runs."""
        sizes = session.sizes()
        n, d = sizes.n(self.embedding), sizes.guessed_dim(self.embedding)
        return NeighboursTask(
            key=self.key,
            embedding_key=self.embedding.key,
            space=self.space,
            dtype=self.dtype,
            k=self.k,
            threads=session.threads,
            device=sizes.gpu(search_seconds(n, d, self.k)),
        )

    @classmethod
    def check(cls, works: Sequence[Self], *, device: str) -> None:
        """Check that there is the GPU that is asked for.

        Raises
        ------
        ConfigError
            When there is not.
        """
        if works and device.startswith("cuda"):
            encoders.check_device(device)


@dataclass(frozen=True)
class NeighboursTask:
    """Find the neighbours in one stored embedding.

    Parameters
    ----------
    key, embedding_key : str
        Keys of the result, and of the array in which to search.
    space, dtype, k
        As of `Neighbours`.
    threads, device
        As of `zsc_wh.spaces.neighbours.exact_neighbours`.
    """

    reads_files: ClassVar[bool] = False

    key: str
    embedding_key: str
    space: Mapping[str, Any]
    dtype: str
    k: int
    threads: int
    device: str | None = None

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Search, store the array, return its row."""
        del progress  # it takes seconds
        features = np.asarray(store.load(self.embedding_key), dtype=self.dtype)
        with provenance.Measurement() as measured:
            found = neighbours_of(
                features,
                self.k,
                self.space,
                threads=self.threads,
                device=self.device,
            )

        def rows(sha256: str) -> Rows:
            return {
                "neighbours": [
                    {
                        "neighbours_key": self.key,
                        "embedding_key": self.embedding_key,
                        **self.space,
                        "dtype": self.dtype,
                        "n": int(found.shape[0]),
                        "k": int(found.shape[1]),
                        "uri": store.uri(self.key),
                        "sha256": sha256,
                        **measured.columns(),
                        **provenance.columns(
                            ("torch",) if self.device else _PACKAGES,
                            threads=self.threads,
                            device=self.device or "cpu",
                        ),
                    }
                ]
            }

        return Outcome(Status.DONE, rows=store.put(self.key, found, rows).rows)
