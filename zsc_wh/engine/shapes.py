"""Shapes of arrays before and after they are made, and what they make impossible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import clusterers, reducers
from zsc_wh.engine.cells import Embedding, Reduction
from zsc_wh.errors import NotApplicableError
from zsc_wh.sizes import Size

if TYPE_CHECKING:
    from zsc_wh.declare import Clusterer
    from zsc_wh.store import Store

GUESSED_DIM = 1000
"""Features of an embedding that nobody has made yet; common ones have 384 to 2048."""


class Shapes:
    """Tells the shape of arrays: as stored, as declared, or as far as it is known.

    Parameters
    ----------
    store : Store
        Tells the true shapes of arrays that exist.
    grows : bool, optional
        Whether arrays are made meanwhile, so that what is not there has to be looked
        for again.
    """

    def __init__(self, store: Store, *, grows: bool = False) -> None:
        self._store = store
        self._grows = grows
        self._stored: dict[str, tuple[int, int] | None] = {}
        self._limits: dict[str, str | None] = {}

    def n(self, embedding: Embedding) -> int:
        """Return the samples of an embedding; at most so many before it is made."""
        stored = self._of(embedding.key)
        if stored is not None:
            return stored[0]
        return len(embedding.source.listing) - len(embedding.missing)

    def dim(self, array: Embedding | Reduction) -> int | None:
        """Return the number of features, None where it is not known yet."""
        stored = self._of(array.key)
        if stored is not None:
            return stored[1]
        if isinstance(array, Embedding):
            return array.dim
        if array.reducer.kind == "none":
            return self.dim(array.embedding)
        asked: int | None = array.reducer.params.get("n_components")
        return asked

    def guessed_dim(self, array: Embedding | Reduction) -> int:
        """Return the number of features, a guess where it is not known."""
        known = self.dim(array)
        if known is not None:
            return known
        if isinstance(array, Reduction):
            whole = self.guessed_dim(array.embedding)
            most = min(whole, self.n(array.embedding))
            return whole if array.reducer.kind == "none" else max(1, most // 4)
        if array.encoder.loader["kind"] == "pixels" and array.encoder.image_size:
            return 3 * array.encoder.image_size**2
        return GUESSED_DIM

    def reduction_limit(self, reduction: Reduction) -> str | None:
        """Say why a reduction cannot be made, in the words of the stage, or None."""
        if reduction.reducer.is_identity:
            return None
        if reduction.key not in self._limits:
            reducer, embedding = reduction.reducer, reduction.embedding
            reason = reducers.METHODS[reducer.kind].limit(
                Size(self.n(embedding), self.dim(embedding)), reducer.params
            )
            self._limits[reduction.key] = _told(reason, f"reducer {reducer.kind}")
        return self._limits[reduction.key]

    def cluster_limit(
        self, reduction: Reduction, clusterer: Clusterer, k: int | None
    ) -> str | None:
        """Say why a reduction cannot be clustered, in the words of the stage."""
        size = Size(self.n(reduction.embedding), self.dim(reduction), k)
        reason = clusterers.METHODS[clusterer.kind].limit(size, clusterer.params)
        return _told(reason, f"clusterer {clusterer.kind}")

    def _of(self, key: str) -> tuple[int, int] | None:
        """Return the shape of a stored array, None where it is not made."""
        if self._stored.get(key) is None and (self._grows or key not in self._stored):
            note = self._store.note(key)
            self._stored[key] = None if note is None else note.shape
        return self._stored[key]


def _told(reason: str | None, where: str) -> str | None:
    return str(NotApplicableError(reason, where=where)) if reason else None
