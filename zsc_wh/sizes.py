"""The size of what a method is given: its limits and its costs follow from it."""

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


@dataclass(frozen=True)
class Shape:
    """What a forecast follows from; guessed where it is not known.

    Parameters
    ----------
    n, d : int
        Samples and features; of a probe, the samples that are judged.
    k : int
        Clusters, or classes of a probe.
    n_train : int
        Samples that supply the references of a probe.
    """

    n: int
    d: int
    k: int = 0
    n_train: int = 0
