from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.encoders.made import MadeImages, embed_made, loader, samples
from zsc_wh.datasets import Listing
from zsc_wh.encoders import Samples, Transform
from zsc_wh.preprocessing import prepare

EMBED_DIGITS = """
import sys
from pathlib import Path
from zsc_wh import datasets, encoders
loader, here = {"kind": "digits"}, Path()
listing = datasets.list_samples(loader, here, None)
images = datasets.open_images(loader, here, listing)
samples = encoders.Samples("digits", listing, images)
result = encoders.embed(
    {"kind": "pixels"}, encoders.Transform(32), samples, base=Path()
)
print(result.array.shape, {"torch", "timm", "sklearn"} & set(sys.modules))
"""


def test_features_are_the_prepared_pixels() -> None:
    """A row is the prepared image, flattened channel first."""
    wanted = samples(4)
    assert wanted.images is not None
    result = embed_made(loader("pixels"), wanted)
    expected = [prepare(wanted.images[i], Transform(32)).ravel() for i in range(4)]
    np.testing.assert_array_equal(result.array, expected)
    assert result.weights_sha256 is None


@pytest.mark.parametrize(
    ("sizes", "side"),
    [
        ([(28, 28), (28, 28)], 28),  # MNIST
        ([(100, 80), (64, 31), (31, 90)], 31),
        ([(100, 80), (64, 64)], 32),
        ([(100, 80), (1, 1), (64, 64)], 32),
    ],
)
def test_small_images_are_not_enlarged(sizes: list[tuple[int, int]], side: int) -> None:
    """The side is the declared one, or the typical one in the dataset if less."""
    ids = tuple(str(size) for size in enumerate(sizes))
    wanted = Samples("made", Listing(ids, (0,) * len(ids)), MadeImages(sizes))
    result = embed_made(loader("pixels"), wanted)
    assert result.array.shape == (len(sizes), 3 * side * side)
    assert result.transform == Transform(side)


def test_needs_no_torch() -> None:
    """Pixels of the digits are embedded without torch and scikit-learn."""
    done = subprocess.run(
        [sys.executable, "-c", EMBED_DIGITS], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "(1797, 192) set()"
