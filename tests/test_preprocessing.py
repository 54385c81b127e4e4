from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from zsc_wh.errors import ConfigError
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

BLACK, WHITE = (
    (0.0, 0.0, 0.0),
    (1.0, 1.0, 1.0),
)  # mean and deviation that change nothing


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


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("fraction", [1.0, 0.95, 0.875, 0.9])
@pytest.mark.parametrize(("width", "height"), WIDTHS_AND_HEIGHTS)
def test_equals_timm(
    width: int, height: int, fraction: float, interpolation: str
) -> None:
    """Interpolation and crop fraction mean what timm's evaluation makes of them."""
    from timm.data.transforms_factory import create_transform

    image = random_image(width, height, "RGB")
    reference: Any = create_transform(
        (3, 32, 32), interpolation=interpolation, crop_pct=fraction, is_training=False
    )
    transform = Transform(32, interpolation=interpolation, crop_fraction=fraction)
    np.testing.assert_array_equal(prepare(image, transform), reference(image).numpy())


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
    [
        {"image_size": 33},
        {"mean": (0.0, 0.0, 0.0)},
        {"std": (1.0, 1.0, 1.0)},
        {"interpolation": "bicubic"},
        {"crop_fraction": 0.875},
        {"own": True},
    ],
    ids=str,
)
def test_identity_holds_every_field(change: dict[str, object]) -> None:
    """Whatever changes the array changes what is declared."""
    transform = Transform(32)
    changed = replace(transform, **change)  # type: ignore[arg-type]
    assert json.dumps(changed.declared()) != json.dumps(transform.declared())


def test_identity_of_the_default_stays() -> None:
    """What was embedded before fields were added keeps its key."""
    assert json.dumps(Transform(224).declared()) == (
        '{"image_size": 224, "resize": "shorter side, bilinear, antialias", '
        '"crop": "centre", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}'
    )


@pytest.mark.parametrize(
    ("size", "declared"),
    [
        (None, {"preprocessing": "checkpoint"}),
        (64, {"preprocessing": "checkpoint", "image_size": 64}),
    ],
)
def test_identity_of_a_checkpoints_own(
    size: int | None, declared: dict[str, object]
) -> None:
    """A checkpoint's own preprocessing is known by that, and by a declared size."""
    assert Transform(size, own=True).declared() == declared


def test_absent_size_is_told() -> None:
    """Without a size nothing is prepared."""
    image = random_image(8, 8, "L")
    with pytest.raises(ConfigError, match="no image size") as caught:
        prepare(image, Transform(None))
    assert "image_size" in caught.value.hint


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("fraction", [1.0, 0.875])
@pytest.mark.parametrize(
    ("width", "height"), [(3, 400), (400, 3), (7, 90), (50, 49), (1, 64), (64, 64)]
)
def test_crop_alone_equals_the_whole_way(
    width: int,
    height: int,
    fraction: float,
    interpolation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Resizing just what the crop shows differs by rounding, at most one grey level."""
    image = random_image(width, height, "RGB")
    transform = Transform(32, BLACK, WHITE, interpolation, fraction)
    whole = prepare(image, transform)
    monkeypatch.setattr("zsc_wh.preprocessing.MAX_RESIZED_PIXELS", 0)
    np.testing.assert_allclose(prepare(image, transform), whole, atol=1.001 / 255)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1)])
def test_elongated_image_takes_no_gigabytes(size: tuple[int, int]) -> None:
    """Of a line of pixels the middle is enlarged, without the rest."""
    pixels = np.full((size[1], size[0]), 9, dtype=np.uint8)
    middle = slice(9_900, 10_100)
    pixels[middle if size[1] > 1 else 0, middle if size[0] > 1 else 0] = 51
    transform = Transform(224, BLACK, WHITE)
    tracemalloc.start()
    prepared = prepare(Image.fromarray(pixels), transform)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(prepared, np.float32(0.2))
    assert peak < 20e6
