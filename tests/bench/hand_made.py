"""Encoders of the time before networks, for a grid on real images.

Each takes normalised images, float32 of shape (b, 3, side, side), side 32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Images = NDArray[np.float32]
    Encoder = Callable[[Images], Images]

ANGLES = 8


def histogram(bins: int) -> Encoder:
    """Return the square roots of the histogram of each colour."""

    def embed(images: Images) -> Images:
        flat = images.reshape(len(images) * 3, -1)
        counts = [np.histogram(row, bins, range=(-2.5, 2.5))[0] for row in flat]
        return np.sqrt(np.array(counts, np.float32)).reshape(len(images), -1)

    return embed


def gradients(cells: int) -> Encoder:
    """Return how strong the edges of each angle are in each cell of a grid."""

    def embed(images: Images) -> Images:
        down, right = np.gradient(images.mean(axis=1), axis=(1, 2))
        strength = np.hypot(down, right)
        angle = np.arctan2(down, right) % np.pi / np.pi * ANGLES
        parts = [
            np.where(np.minimum(angle.astype(int), ANGLES - 1) == each, strength, 0)
            for each in range(ANGLES)
        ]
        found = _pooled(np.stack(parts, axis=1), cells)
        scaled: Images = np.sqrt(found / (found.sum(axis=1, keepdims=True) + 1e-6))
        return scaled

    return embed


def small(side: int) -> Encoder:
    """Return the image at a smaller size."""
    return lambda images: _pooled(images, side)


def patches(count: int, side: int) -> Encoder:
    """Return how much each quarter is like random patches (Coates, Lee, Ng, 2011)."""
    filters = np.random.default_rng(0).standard_normal((count, 3 * side**2))
    filters -= filters.mean(axis=1, keepdims=True)
    filters /= np.linalg.norm(filters, axis=1, keepdims=True)

    def embed(images: Images) -> Images:
        windows = np.lib.stride_tricks.sliding_window_view(
            images, (side, side), axis=(2, 3)
        )[:, :, ::2, ::2]
        rows, columns = windows.shape[2:4]
        flat = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, 3 * side**2)
        flat = flat - flat.mean(axis=1, keepdims=True)
        flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 0.1
        near = np.maximum(flat @ filters.T.astype(np.float32), 0)
        near = near.reshape(len(images), rows, columns, count)
        return _pooled(near.transpose(0, 3, 1, 2), 2)

    return embed


def _pooled(maps: Images, cells: int) -> Images:
    """Return the means of maps, (b, c, h, w), in a grid of cells."""
    rows = np.array_split(np.arange(maps.shape[2]), cells)
    columns = np.array_split(np.arange(maps.shape[3]), cells)
    means = [maps[:, :, r][:, :, :, c].mean(axis=(2, 3)) for r in rows for c in columns]
    return np.concatenate(means, axis=1).astype(np.float32)
