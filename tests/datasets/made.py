"""Small datasets of every kind, made in a temporary folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from zsc_wh.datasets import LOADERS, Images, Listing
from zsc_wh.fields import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SIZES = {"cats/1.png": (12, 9), "cats/2.jpg": (20, 30), "dogs/1.bmp": (15, 10)}
"""Images of the made folder, with width and height."""


def make_image(path: Path, size: tuple[int, int] = (12, 9), seed: int = 0) -> Path:
    """Write a noisy RGB image in the format that the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def make_folder(root: Path) -> Path:
    """Write a folder of three images in two classes."""
    for seed, (name, size) in enumerate(SIZES.items()):
        make_image(root / name, size, seed)
    return root


def make_embeddings(path: Path) -> Path:
    """Write five rows of features with labels, one missing, and ids."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        embeddings=np.arange(15, dtype=np.float32).reshape(5, 3),
        y_true=np.array([2, 0, -1, 2, 7]),
        ids=np.array(["e", "a", "d", "b", "c"]),
    )
    return path


def loader(kind: str, **given: Any) -> dict[str, Any]:
    """Return a complete loader table."""
    return {"kind": kind, **complete(LOADERS[kind].fields, given)}


def list_samples(base: Path, kind: str, **given: Any) -> Listing:
    """List a dataset declared in the folder `base`."""
    return LOADERS[kind].listing(loader(kind, **given), base)


def open_images(base: Path, kind: str, **given: Any) -> Images:
    """List a dataset and open its images."""
    params = loader(kind, **given)
    open_kind = LOADERS[kind].images
    assert open_kind is not None
    return open_kind(params, base, LOADERS[kind].listing(params, base))


def _digits(_base: Path) -> Mapping[str, Any]:
    return loader("digits")


def _folder(base: Path) -> Mapping[str, Any]:
    make_folder(base / "animals")
    return loader("folder", path="animals")


def _embeddings(base: Path) -> Mapping[str, Any]:
    make_embeddings(base / "features.npz")
    return loader("embeddings", path="features.npz", ids="ids", missing_label=-1)


EXAMPLES: Mapping[str, Callable[[Path], Mapping[str, Any]]] = {
    "digits": _digits,
    "folder": _folder,
    "embeddings": _embeddings,
}
"""By kind: make an example below a folder and return its complete loader."""
