from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from zsc_wh.errors import DataError
from zsc_wh.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Transform, prepare

WIDTHS_AND_HEIGHTS = [
    (8, 8),  # digits
    (28, 28),  # MNIST
    (32, 32),  # CIFAR
    (33, 47),  # portrait, odd
    (47, 33),  # landscape, odd
    (50, 49),  # half a pixel to crop
    (1, 1),
    (1, 9),
    (400, 7),  # a strip
    (7, 400),
    (500, 375),  # a photo
]


def random_image(width: int, height: int, mode: str) -> Image.Image:
    rng = np.random.default_rng(width * 1000 + height)
    shape = (height, width) if mode == "L" else (height, width, 3)
    return Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [8, 32, 33, 64])
@pytest.mark.parametrize(("width", "height"), WIDTHS_AND_HEIGHTS)
def test_equals_torchvision(width: int, height: int, size: int, mode: str) -> None:
    """Preparing an image equals torchvision's transforms bit for bit."""
    from torchvision.transforms import v2

    image = random_image(width, height, mode)
    reference = v2.Compose(
        [
            v2.Resize(size),
            v2.CenterCrop(size),
            v2.PILToTensor(),
            v2.Lambda(lambda tensor: tensor.float().div(255).expand(3, -1, -1)),
            v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
        ]
    )
    ours = prepare(image, Transform(size))
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(ours, reference(image).numpy())


def test_size_overrides_the_declared_one() -> None:
    """A given size takes the place of the declared one and of nothing else."""
    image = random_image(40, 30, "RGB")
    smaller = prepare(image, Transform(32), size=9)
    np.testing.assert_array_equal(smaller, prepare(image, Transform(9)))


def test_normalises_by_the_declared_values() -> None:
    """Mean and standard deviation are those of the transform, channel by channel."""
    image = Image.new("RGB", (4, 4), (255, 0, 51))
    transform = Transform(4, mean=(0.5, 0.25, 0.2), std=(0.5, 0.25, 0.1))
    prepared = prepare(image, transform)
    np.testing.assert_allclose(prepared[:, 0, 0], [1, -1, 0], atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [{"image_size": 33}, {"mean": (0.0, 0.0, 0.0)}, {"std": (1.0, 1.0, 1.0)}],
    ids=str,
)
def test_identity_holds_every_field(change: dict[str, object]) -> None:
    """Whatever changes the array changes what is declared."""
    transform = Transform(32)
    changed = replace(transform, **change)  # type: ignore[arg-type]
    assert json.dumps(changed.declared()) != json.dumps(transform.declared())


def test_too_elongated_image_is_refused() -> None:
    """An image whose resized form would fill the memory is an error that says so."""
    image = Image.new("L", (1, 50_000))
    with pytest.raises(DataError, match="1 x 50000 pixels is too elongated") as caught:
        prepare(image, Transform(224))
    assert caught.value.mend
