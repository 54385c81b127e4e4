"""Sizes of arrays, before and after they are made: costs and limits follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.errors import NotApplicableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.store import Store
    from zsc_wh.work.base import Array


WORTH_S = 10.0
"""Seconds on one core from which on a kernel of our own goes to a GPU: to load torch
and to wait for what else the GPU does takes some of them."""


class Sizes:
    """Tells sizes: as stored, as declared, or as far as they are known.

    Parameters
    ----------
    store : Store or None
        Tells the true shapes of arrays that exist; without, all are as declared.
    grows : bool, optional
        Whether arrays are made meanwhile, so that what is not there has to be looked
        for again.
    clusters : callable, optional
        From the key of a cell to the number of clusters that were found; None where it
        is not clustered yet.
    cores : int, optional
        How many an embedding uses.
    device : str, optional
        Device of the embeddings, and of kernels of our own where it is worth it.
    """

    def __init__(
        self,
        store: Store | None,
        *,
        grows: bool = False,
        clusters: Callable[[str], int | None] = lambda _key: None,
        cores: int = 1,
        device: str = "auto",
    ) -> None:
        self.clusters = clusters
        self.cores = cores
        self.device = device
        self._store = store
        self._grows = grows
        self._stored: dict[str, tuple[int, int] | None] = {}

    def n(self, array: Array) -> int:
        """Return the samples of an array; at most this many before it is made."""
        stored = self._of(array.key)
        return array.expected_n(self) if stored is None else stored[0]

    def dim(self, array: Array) -> int | None:
        """Return the number of features, None where it is not known yet."""
        stored = self._of(array.key)
        return array.expected_dim(self) if stored is None else stored[1]

    def guessed_dim(self, array: Array) -> int:
        """Return the number of features, a guess where it is not known."""
        known = self.dim(array)
        return array.guessed_dim(self) if known is None else known

    def bytes(self, array: Array) -> int:
        """Return the size of an array, a guess where it is not known."""
        return array.itemsize * self.n(array) * self.guessed_dim(array)

    def gpu(self, seconds: float) -> str | None:
        """Return the GPU for a kernel of so many seconds; None: the processor does it.

        Kernels are in float64, which only GPUs of the kind cuda have.
        """
        is_worth_it = seconds >= WORTH_S and self.device.startswith("cuda")
        return self.device if is_worth_it else None

    def _of(self, key: str) -> tuple[int, int] | None:
        """Return the shape of a stored array, None where it is not made."""
        if self._store is None:
            return None
        if self._stored.get(key) is None and (self._grows or key not in self._stored):
            note = self._store.note(key)
            self._stored[key] = None if note is None else note.shape
        return self._stored[key]


def not_applicable(reason: str | None, where: str) -> str | None:
    """Return a reason in the words in which a task would give it."""
    return str(NotApplicableError(reason, where=where)) if reason else None
