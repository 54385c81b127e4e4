"""A dataset as it is now: what works are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsc_wh.datasets import Level, Listing
    from zsc_wh.declare import Dataset


@dataclass(frozen=True)
class Source:
    """A dataset as it is now.

    Parameters
    ----------
    dataset : Dataset
        Its declaration.
    listing : Listing
        Its samples, with their digests, and labels.
    is_here : bool
        Whether it is on this machine; `listing` has the published numbers where it is
        not, so that a plan can say what it would take.
    """

    dataset: Dataset
    listing: Listing
    is_here: bool = True

    @property
    def key(self) -> str:
        """Identity of the images."""
        return self.listing.key

    def level(self, name: str | None) -> Level | None:
        """Return the level of this name, or None."""
        if not self.is_here:  # which levels there are is not known
            return self.listing.target
        return next((each for each in self.listing.levels if each.name == name), None)
