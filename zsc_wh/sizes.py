"""The size of what a method is given: what its limits and its costs follow from."""

from __future__ import annotations

from dataclasses import dataclass

from zsc_wh.words import counted


@dataclass(frozen=True)
class Size:
    """Samples, features and clusters, as far as they are known.

    Parameters
    ----------
    n : int
        Samples. Before an embedding is made, images that cannot be read are among
        them: a limit that `n` samples do not reach, fewer do not reach either.
    d : int or None
        Features; None where only an embedding that is still to be made tells.
    k : int or None
        Clusters asked for; None where the method finds the number.
    """

    n: int
    d: int | None
    k: int | None = None

    @property
    def rank(self) -> int:
        """The most principal components that there can be."""
        return self.n if self.d is None else min(self.n, self.d)

    def __str__(self) -> str:
        return counted(self.n, "sample") + (
            f" of {counted(self.d, 'feature')}" if self.d is not None else ""
        )
