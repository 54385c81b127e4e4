"""What others publish is loaded as it is declared, and gives the features of its paper.

A small file with the published names, shapes and surplus is loaded through the shipped
declaration. The features are compared with plain torch over the same tensors, and the
images are prepared by torchvision.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import transforms

from tests.encoders import plain
from tests.encoders.published import HEADS, PUBLISHED, VIT, vit
from tests.encoders.test_catalog import shipped
from zsc_wh.datasets import Images, Listing
from zsc_wh.datasets.decoding import decode
from zsc_wh.encoders import LOADERS, Samples, Transform, embed
from zsc_wh.fields import complete
from zsc_wh.preprocessing import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHAPES: dict[str, tuple[int, int, str]] = {
    "odd": (231, 257, "RGB"),
    "tall": (61, 400, "RGB"),
    "wide": (500, 90, "RGB"),
    "tiny": (3, 2, "RGB"),
    "grey": (250, 240, "L"),
    "transparent": (245, 233, "RGBA"),
    "palette": (228, 229, "P"),
}
"""Width, height and mode of the images."""


def made_image(index: int) -> Image.Image:
    """Return noise of one of the shapes above."""
    width, height, mode = list(SHAPES.values())[index]
    numbers = np.random.default_rng(index)
    depth = {"L": 1, "RGBA": 4}.get(mode, 3)
    pixels = numbers.integers(0, 256, (height, width, depth)).astype(np.uint8)
    image = Image.fromarray(pixels[..., 0] if depth == 1 else pixels)
    return image.convert(mode) if mode == "P" else image


class Shaped(Images):
    """The images above, as they come out of PNG files."""

    def __len__(self) -> int:
        return len(SHAPES)

    def read(self, index: int) -> Image.Image:
        """Return what a file of it decodes to."""
        file = BytesIO()
        made_image(index).save(file, "PNG")
        return decode(file.getvalue(), self.where(index))

    def where(self, index: int) -> str:
        """Return the shape."""
        return list(SHAPES)[index]

    def typical_side(self) -> int:
        """Return any."""
        return 224


MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def prepared(entry: dict[str, Any]) -> torch.Tensor:
    """Return the images as torchvision's transform prepares them."""
    mean, std = entry.get("mean", MEAN), entry.get("std", STD)
    return _prepared(entry["image_size"], tuple(mean), tuple(std))


@cache
def _prepared(
    side: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> torch.Tensor:
    transform = transforms.Compose(
        [
            transforms.Resize(side),
            transforms.CenterCrop(side),
            transforms.ToTensor(),
            transforms.Normalize(mean, std),
        ]
    )
    read = [made_image(index).convert("RGB") for index in range(len(SHAPES))]
    return torch.stack([transform(image) for image in read])


def features(
    entry: dict[str, Any], loader: dict[str, Any], file: Path
) -> NDArray[np.float32]:
    """Embed the images with a file in place of the published one."""
    names = tuple(SHAPES)
    given = {k: v for k, v in loader.items() if k not in ("url", "sha256")}
    given["path"] = str(file)
    fields = LOADERS[given["kind"]].fields
    declared = {"kind": given["kind"], **complete(fields, given)}
    colours: dict[str, Any] = {
        key: tuple(entry[key]) for key in ("mean", "std") if key in entry
    }
    transform = Transform(entry["image_size"], **colours)
    samples = Samples("shapes", Listing(names, (0,) * len(names)), Shaped())
    result = embed(declared, transform, samples, base=file.parent)
    assert not result.unreadable
    return result.array


def assert_close(found: NDArray[np.float32], expected: torch.Tensor) -> None:
    """Compare features, each image against the length of its own."""
    wanted = expected.numpy()
    assert np.isfinite(found).all()
    assert found.shape == wanted.shape
    off = np.linalg.norm(found - wanted, axis=1) / np.linalg.norm(wanted, axis=1)
    assert off.max() < 1e-5
    # images differ by far more than that, or nothing would be shown
    assert np.linalg.norm(wanted[0] - wanted[1]) > 1e-3 * np.linalg.norm(wanted[0])


@pytest.mark.parametrize("name", PUBLISHED)
def test_features_are_those_of_plain_torch(name: str, tmp_path: Path) -> None:
    """Through the rules of the shipped declaration."""
    published, entry = PUBLISHED[name], shipped("encoder")[name]
    file = tmp_path / "made.pth"
    torch.save(published.content(), file)
    loader = entry["loader"]
    options = {**loader.get("options", {}), **published.options}
    found = features(entry, {**loader, "options": options}, file)
    with torch.inference_mode():
        expected = published.features(prepared(entry))
    assert found.shape[1] == published.dim
    assert_close(found, expected)


@pytest.mark.parametrize("name", ["resnet50", "dino_vitb16"])
def test_preprocessing_is_that_of_torchvision(name: str) -> None:
    """Bit by bit, for images of every shape and mode."""
    entry = shipped("encoder")[name]
    images = Shaped()
    ours = [prepare(images.read(i), Transform(224)) for i in range(len(images))]
    assert np.array_equal(np.stack(ours), prepared(entry).numpy())


def test_both_forms_of_vicreg_are_loaded(tmp_path: Path) -> None:
    """The published script saves it flat, others as a sequence of two."""
    published, entry = PUBLISHED["ft_vicreg_resnet50"], shipped("encoder")
    entry = entry["ft_vicreg_resnet50"]
    loader = {**entry["loader"], "options": published.options}
    torch.save(PUBLISHED["ft_dino_resnet50"].content(), tmp_path / "flat.pth")
    torch.save(published.content(), tmp_path / "wrapped.pth")
    flat = features(entry, loader, tmp_path / "flat.pth")
    wrapped = features(entry, loader, tmp_path / "wrapped.pth")
    assert np.array_equal(flat, wrapped)


class _Tower(nn.Module):
    """A module that holds the weights of CLIP and computes something."""

    def __init__(self, state: plain.State) -> None:
        super().__init__()
        for name, tensor in state.items():
            *inner, last = name.split(".")
            at: nn.Module = self
            for part in inner:
                if part not in dict(at.named_children()):
                    at.add_module(part, nn.Module())
                at = at.get_submodule(part)
            at.register_buffer(last, tensor)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Do nothing."""
        return x * 2


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
@pytest.mark.parametrize("name", ["clip_vitb32", "clip_RN101"])
def test_the_archives_of_openai_are_loaded(name: str, tmp_path: Path) -> None:
    """A TorchScript archive gives the features of the dictionary of its weights."""
    published, entry = PUBLISHED[name], shipped("encoder")[name]
    loader = {**entry["loader"], "options": published.options}
    content: Any = published.content()
    trace: Any = torch.jit.trace
    archive = trace(_Tower(content), torch.zeros(1), check_trace=False)
    torch.jit.save(archive, str(tmp_path / "archive.pt"))
    torch.save(content, tmp_path / "state.pt")
    found = features(entry, loader, tmp_path / "archive.pt")
    assert np.array_equal(found, features(entry, loader, tmp_path / "state.pt"))


POOLED: dict[str, tuple[dict[str, Any], Any]] = {
    "norm, then mean": (
        {"global_pool": "avg", "fc_norm": False},
        plain.vit_norm_mean,
    ),
    "mean without norm": (
        {"global_pool": "avg", "final_norm": False},
        plain.vit_bare_mean,
    ),
}


@pytest.mark.parametrize("how", POOLED)
def test_patches_are_pooled_as_declared(how: str, tmp_path: Path) -> None:
    """With the norm before the mean, or with none."""
    options, expected = POOLED[how]
    file = tmp_path / "made.pth"
    torch.save(vit(), file)
    loader = {
        "kind": "checkpoint",
        "library": "timm",
        "name": "vit_base_patch16_224",
        "options": {**VIT, **options},
        "drop": ["norm.*"] if "final_norm" in options else [],
    }
    found = features({"image_size": 224}, loader, file)
    with torch.inference_mode():
        assert_close(found, expected(vit(), prepared({"image_size": 224}), HEADS))
