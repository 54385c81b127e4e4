"""Datasets: what can be listed and read, by the `kind` of a declared loader.

Listing a dataset decodes no image and imports neither torch nor scikit-learn; a plan
does it to know sample counts, labels and identities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets import digits, embeddings, folder
from zsc_wh.datasets.images import Images, quiet_pillow
from zsc_wh.datasets.listing import Level, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from zsc_wh.fields import Field

__all__ = [
    "LOADERS",
    "Images",
    "Level",
    "Listing",
    "LoaderSpec",
    "quiet_pillow",
]


@dataclass(frozen=True)
class LoaderSpec:
    """One kind of dataset loader.

    Parameters
    ----------
    fields : mapping of str to Field
        Its parameters, besides `kind`.
    listing : callable
        From complete parameters and the folder where relative paths start to the
        `Listing`.
    images : callable or None
        From the same and the listing to the `Images`; None where samples are known
        only through stored features.
    """

    fields: Mapping[str, Field]
    listing: Callable[[Mapping[str, Any], Path], Listing]
    images: Callable[[Mapping[str, Any], Path, Listing], Images] | None

    @property
    def has_images(self) -> bool:
        """Whether an encoder can be run on such a dataset."""
        return self.images is not None


LOADERS: Mapping[str, LoaderSpec] = {
    "digits": LoaderSpec(digits.FIELDS, digits.list_samples, digits.open_images),
    "folder": LoaderSpec(folder.FIELDS, folder.list_samples, folder.open_images),
    "embeddings": LoaderSpec(embeddings.FIELDS, embeddings.list_samples, None),
}
"""Dataset loaders by kind."""
