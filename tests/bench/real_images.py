"""Features of real images for benchmarks, from the folders of ``$ZSCWH_DATA``.

``MNIST/raw/t10k-images-idx3-ubyte.gz`` are the official files, ``cifar10/test`` is an
image folder. scikit-learn's digits need neither.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = "ZSCWH_DATA"
_PATCHES = 400
_SIDE = 6
_STEP = 2


def features(name: str, n: int | None = None) -> tuple[NDArray[np.float32], Any]:
    """Return features and labels of ``digits``, ``mnist`` or ``cifar10``.

    Of the first two they are pixels. Those of CIFAR-10 are how near the patches of each
    quarter of an image are to 400 random ones, 1,600 in all (after Coates, Lee and Ng,
    2011): the pixels themselves say little of the classes.
    """
    X, y = {"digits": _digits, "mnist": _mnist, "cifar10": _cifar10}[name]()
    rows = np.random.default_rng(0).permutation(len(X))[:n]
    X, y = X[rows], y[rows]
    return (_patched(X) if name == "cifar10" else X.reshape(len(X), -1)), y


def _digits() -> tuple[NDArray[np.float32], Any]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return (digits.data / 16).astype(np.float32), digits.target


def _mnist() -> tuple[NDArray[np.float32], Any]:
    folder = _folder("MNIST/raw")
    images = gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes())
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    return (X / 255).astype(np.float32), np.frombuffer(labels, np.uint8, offset=8)


def _cifar10() -> tuple[NDArray[np.float32], Any]:
    from PIL import Image

    files = sorted(_folder("cifar10/test").glob("*/*.jpg"))
    images = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    names = [file.parent.name for file in files]
    y = np.unique(names, return_inverse=True)[1]
    return (np.stack(images) / 255).astype(np.float32), y


def _patched(images: NDArray[np.float32]) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    some = _patches(images[rng.integers(0, len(images), _PATCHES)])
    centres = some[np.arange(_PATCHES), rng.integers(0, some.shape[1], _PATCHES)]
    found = np.empty((len(images), 4 * _PATCHES), np.float32)
    for start in range(0, len(images), 100):
        patches = _patches(images[start : start + 100])
        near = np.maximum(patches @ centres.T, 0)
        side = int(near.shape[1] ** 0.5)
        near = near.reshape(len(near), side, side, -1)
        half = side // 2
        quarters = [
            near[:, rows, columns].mean(axis=(1, 2))
            for rows in (slice(half), slice(half, None))
            for columns in (slice(half), slice(half, None))
        ]
        found[start : start + 100] = np.concatenate(quarters, axis=1)
    return found


def _patches(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the patches of images, each of mean 0 and length 1."""
    windows = np.lib.stride_tricks.sliding_window_view(
        images, (_SIDE, _SIDE), axis=(1, 2)
    )[:, ::_STEP, ::_STEP]
    flat = windows.reshape(len(images), -1, 3 * _SIDE * _SIDE)
    flat = flat - flat.mean(axis=2, keepdims=True)
    scaled: NDArray[np.float32] = flat / (
        np.linalg.norm(flat, axis=2, keepdims=True) + 0.1
    )
    return scaled


def _folder(name: str) -> Path:
    folder = Path(os.environ.get(DATA, "")) / name
    if not folder.is_dir():
        pytest.skip(f"no images at ${DATA}/{name}")
    return folder
