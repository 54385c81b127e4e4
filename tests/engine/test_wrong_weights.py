"""Weights that cannot be used end an ingest before anything is computed."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import torch

from tests.encoders.made import VISION, timm_state
from tests.engine.photos import edit, executed, new_work, write_photo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

GRID = """
name = "own"
scores = ["ami"]

[dataset.photos]
loader = { kind = "folder", path = "photos" }

[encoder.good]
loader = { kind = "timm", name = "test_resnet", path = "good.pth" }
image_size = 32

[[cross]]
datasets = ["photos"]
encoders = ["good"]
reducers = ["none"]
clusterers = ["kmeans"]
"""

OWN = 'kind = "timm", name = "test_resnet", path = '
RULED = 'kind = "checkpoint", library = "timm", name = "test_resnet", path = '
WRONG = {
    "lacking": (f'{OWN} "lacking.pth"', "weights are not in the file: layer4"),
    "wide": (f'{OWN} "wide.pth"', "conv1.0.weight is 99 x 3 x 3 x 3 and should be"),
    "other": (
        'kind = "timm", name = "test_vit", path = "good.pth"',
        "the weights do not fit test_vit",
    ),
    "prefix": (f'{OWN} "prefix.pth"', 'with strip = "net." more names would fit'),
    "entry": (f'{OWN} "good.pth", entry = "ema"', "the file has no dictionary 'ema'"),
    "rules": (
        f'{RULED} "good.pth", drop = ["fc.*", "conv1.*"]',
        "weights are not in the file: conv1",
    ),
    "text": (f'{OWN} "text.pth"', "this is neither a file of torch.save nor one of"),
    "cut": (f'{OWN} "cut.pth"', "is cut off or damaged"),
    "empty": (f'{RULED} "empty.pth"', "the file is empty"),
    "code": (f'{OWN} "code.pth"', "it holds objects of posix.mkdir"),
    "sha256": (f'{OWN} "good.pth", sha256 = "00"', "and 00 is declared"),
    "cached": (
        f'kind = "torchvision", name = "{VISION}", weights = "IMAGENET1K_V1"',
        "the weights are not those that torchvision publishes",
    ),
}
"""What is declared, and what is said of it."""


class Code:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how."""
        return os.mkdir, ("was-run",)


class Ingested(NamedTuple):
    """What an ingest with wrong weights printed, and the folder of its warehouse."""

    stderr: str
    folder: Path
    before: dict[str, int]


def _fill(folder: Path) -> None:
    """Write the files of weights, of which one is good."""
    state = timm_state()
    made = {
        "good": {"args": argparse.Namespace(lr=0.1), "model": state},
        "lacking": {k: each for k, each in state.items() if "layer4" not in k},
        "wide": {**state, "conv1.0.weight": torch.zeros(99, 3, 3, 3)},
        "prefix": {f"net.{name}": each for name, each in state.items()},
        "code": {"model": state, "more": Code()},
    }
    for name, content in made.items():
        torch.save(content, folder / f"{name}.pth")
    whole = (folder / "good.pth").read_bytes()
    (folder / "cut.pth").write_bytes(whole[: len(whole) // 2])
    (folder / "text.pth").write_text("weights, perhaps")
    (folder / "empty.pth").touch()
    published = folder / "torch/hub/checkpoints/shufflenetv2_x0.5-f707e7126e.pth"
    published.parent.mkdir(parents=True)
    torch.save(state, published)


@pytest.fixture(scope="module")
def ingested(module_grid: tuple[MakeGrid, Command]) -> Ingested:
    """Ingest good weights, then all the wrong ones at once."""
    make_grid, zscwh = module_grid
    folder = make_grid().parent
    for number in range(6):
        name = "ant" if number % 2 else "bee"
        write_photo(folder / f"photos/{name}/{number}.bmp", number, 90 * (number % 2))
    _fill(folder)
    grid = folder / "own.toml"
    grid.write_text(GRID)
    zscwh("ingest", grid)
    before = executed(folder)
    # the good one is due too, on other images
    (folder / "photos/bee/0.bmp").unlink()
    names = ", ".join(f'"{name}"' for name in ("good", *WRONG))
    edit(grid, '["good"]', f"[{names}]")
    entries = "".join(
        f"[encoder.{name}]\nloader = {{ {loader} }}\nimage_size = 32\n\n"
        for name, (loader, _) in WRONG.items()
    )
    edit(grid, "[[cross]]", f"{entries}[[cross]]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        done = zscwh("ingest", grid, "--offline", code=2)
    return Ingested(done.stderr, folder, before)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_weights_are_told_before_any_work(ingested: Ingested, name: str) -> None:
    """Each with its encoder, its file and what is wrong, all at once."""
    (line,) = (
        line for line in ingested.stderr.splitlines() if f"  encoder '{name}': " in line
    )
    assert WRONG[name][1] in line
    assert ".pth" in line


def test_nothing_was_computed(ingested: Ingested) -> None:
    """What was there before is as it was, and nothing is missing from the message."""
    assert ingested.stderr.endswith("Nothing was computed.\n")
    assert new_work(ingested.folder, ingested.before) == {}
    assert "encoder 'good'" not in ingested.stderr


def test_no_code_in_a_file_is_run(ingested: Ingested) -> None:
    """A pickle is looked at and not loaded."""
    assert not list(ingested.folder.glob("**/was-run"))
