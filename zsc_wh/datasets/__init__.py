"""Datasets: what can be listed and read, by the `kind` of a declared loader.

Listing a dataset decodes no image and imports neither torch nor scikit-learn; a plan
does it to know sample counts, labels and identities.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets import (
    batches,
    digits,
    embeddings,
    folder,
    huggingface,
    idx,
    lmdb,
    manifest,
    mat,
    webdataset,
)
from zsc_wh.datasets.decoding import peak_bytes as decoding_bytes
from zsc_wh.datasets.decoding import (
    phone_formats,
    quiet_pillow,
    reader_to_install,
)
from zsc_wh.datasets.digests import Digests
from zsc_wh.datasets.images import (
    ArrayImages,
    ImageFiles,
    Images,
    file_digests,
    pixel_digests,
    shape_facts,
)
from zsc_wh.datasets.listing import NO_LABEL, Level, Listing, levels_of
from zsc_wh.datasets.loaders import Kinds, LoaderSpec
from zsc_wh.datasets.opening import archives_stay_open
from zsc_wh.datasets.published import published_listing, size_faults
from zsc_wh.datasets.soundness import unsound_classes
from zsc_wh.datasets.sources import DATA, candidates, data_roots, resolve
from zsc_wh.datasets.subset import SUBSET, read_subset, subset_listing
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DATA",
    "LOADERS",
    "NO_LABEL",
    "SUBSET",
    "ArrayImages",
    "Digests",
    "ImageFiles",
    "Images",
    "Level",
    "Listing",
    "LoaderSpec",
    "archives_stay_open",
    "candidates",
    "data_roots",
    "decoding_bytes",
    "file_digests",
    "levels_of",
    "list_all",
    "list_samples",
    "open_images",
    "phone_formats",
    "pixel_digests",
    "published_listing",
    "quiet_pillow",
    "read_subset",
    "reader_to_install",
    "resolve",
    "shape_facts",
    "size_faults",
    "subset_listing",
    "unsound_classes",
    "whereabouts",
]


LOADERS: Mapping[str, LoaderSpec] = Kinds(
    {
        "digits": LoaderSpec(
            "scikit-learn's 1,797 handwritten digits of 8 x 8 pixels",
            digits.FIELDS,
            digits.list_samples,
            digits.digests,
            digits.open_images,
        ),
        "idx": LoaderSpec(
            "files of MNIST and its family",
            idx.FIELDS,
            idx.list_samples,
            idx.digests,
            idx.open_images,
        ),
        "batches": LoaderSpec(
            "pickled batches, as of CIFAR-10 and CIFAR-100",
            batches.FIELDS,
            batches.list_samples,
            batches.digests,
            batches.open_images,
        ),
        "mat": LoaderSpec(
            "MATLAB file of images, as of SVHN",
            mat.FIELDS,
            mat.list_samples,
            mat.digests,
            mat.open_images,
        ),
        "folder": LoaderSpec(
            "folder or archive of images, classes by sub-folder",
            folder.FIELDS,
            folder.list_samples,
            folder.digests,
            folder.open_images,
        ),
        "manifest": LoaderSpec(
            "table of files and labels",
            manifest.FIELDS,
            manifest.list_samples,
            manifest.digests,
            manifest.open_images,
        ),
        "lmdb": LoaderSpec(
            "databases of encoded images, one per class, as of LSUN",
            lmdb.FIELDS,
            lmdb.list_samples,
            lmdb.digests,
            lmdb.open_images,
        ),
        "webdataset": LoaderSpec(
            "tar shards in which the files of a sample share a name",
            webdataset.FIELDS,
            webdataset.list_samples,
            webdataset.digests,
            webdataset.open_images,
        ),
        "huggingface": LoaderSpec(
            "dataset of the library datasets, saved to disk or in its cache",
            huggingface.FIELDS,
            huggingface.list_samples,
            huggingface.digests,
            huggingface.open_images,
            places=huggingface.places,
        ),
        "embeddings": LoaderSpec(
            "stored features with labels, without images",
            embeddings.FIELDS,
            embeddings.list_samples,
            embeddings.digests,
            None,
        ),
    }
)
"""Dataset loaders by kind; those that other packages offer are found by name."""


def list_samples(
    loader: Mapping[str, Any],
    base: Path,
    subset: Mapping[str, Any] | None,
    digests: Digests | None = None,
    title: str = "",
) -> Listing:
    """List a dataset, or a subset of it, with the digests of its samples.

    Parameters
    ----------
    loader : mapping
        Complete parameters, `kind` among them.
    base : Path
        Where relative paths start.
    subset : mapping or None
        As from `read_subset`; None for the whole dataset.
    digests : Digests, optional
        What is known of digests; without, every sample is read.
    title : str, optional
        What the progress of reading calls it.

    Raises
    ------
    ConfigError
        When a declaration cannot be met.
    DataError
        When the dataset cannot be read.
    """
    spec = LOADERS[loader["kind"]]
    known = Digests() if digests is None else digests
    listing = list_all(loader, base, subset, known)
    found = spec.digests(loader, base, listing, known, title)
    return replace(listing, digests=found)


def list_all(
    loader: Mapping[str, Any],
    base: Path,
    subset: Mapping[str, Any] | None,
    known: Digests,
) -> Listing:
    """List a dataset, or a subset of it, without reading its samples for digests.

    Parameters and errors are those of `list_samples`.
    """
    listing = LOADERS[loader["kind"]].listing(loader, base, known)
    return listing if subset is None else subset_listing(listing, subset, known)


def open_images(
    loader: Mapping[str, Any], base: Path, listing: Listing
) -> Images | None:
    """Return the images of what `list_samples` listed, None where there are none."""
    images = LOADERS[loader["kind"]].images
    return images(loader, base, listing) if images else None


def whereabouts(loader: Mapping[str, Any], base: Path) -> tuple[str, bool]:
    """Return where a dataset is looked for, and whether something is there.

    Parameters
    ----------
    loader : mapping
        Complete parameters.
    base : Path
        Where relative paths start.
    """
    text = loader.get("path")
    places = LOADERS[loader["kind"]].places
    if text is None and places is not None:
        paths = places(loader, base)
        return os.pathsep.join(map(str, paths)), any(map(Path.exists, paths))
    if text is None:
        return "(part of an installed package)", True
    try:
        paths = candidates(text, base)
    except ConfigError:  # a variable is not set
        return text, False
    shown = (os.path.normpath(path) for path in paths)
    return os.pathsep.join(shown), any(map(Path.exists, paths))
