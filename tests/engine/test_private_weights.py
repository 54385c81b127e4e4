"""Checkpoints whose file only the user has, from the command line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import torch
from torchvision import models

import zsc_wh
from tests.engine.photos import edit, executed, new_work, write_photo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

GRID = """
name = "private"
scores = ["ami"]

[dataset.photos]
loader = { kind = "folder", path = "photos" }

[encoder.mine]
loader.kind = "checkpoint"
loader.library = "torchvision"
loader.name = "resnet18"
loader.drop = ["fc.*"]
image_size = 32
dim = 512

[[cross]]
datasets = ["photos"]
encoders = ["mine"]
reducers = ["none"]
clusterers = ["kmeans"]
"""


def _save(path: Path, seed: int = 0) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.save(models.resnet18(num_classes=5).state_dict(), path)


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Return a grid of a private checkpoint over six photos."""
    for number, name in enumerate(("ant", "bee")):
        for i in range(3):
            path = tmp_path / f"photos/{name}/{i}.bmp"
            write_photo(path, 10 * number + i, 90 * number)
    (tmp_path / "private.toml").write_text(GRID)
    return tmp_path / "private.toml"


def test_without_their_file_nothing_is_run(grid: Path, zscwh: Command) -> None:
    """All of them are told at once, with where to name the file."""
    edit(grid, '["mine"]', '["mine", "ft_dino_resnet50"]')
    for command in ("plan", "ingest"):
        told = zscwh(command, grid, code=2).stderr
        for name in ("mine", "ft_dino_resnet50"):
            assert f"  {name}: not published; only you can have this file" in told
        assert "NAME.pth into a folder that ZSCWH_WEIGHTS names" in told
        assert '[weights] NAME = "FILE"' in told


def test_their_content_is_what_they_are(
    grid: Path, zscwh: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that moves is the same encoder, another file is another one."""
    _save(tmp_path / "here.pth")
    edit(grid, 'name = "private"', 'name = "private"\nweights.mine = "here.pth"')
    zscwh("ingest", grid)
    before = executed(tmp_path)
    (tmp_path / "weights").mkdir()
    shutil.move(tmp_path / "here.pth", tmp_path / "weights" / "mine.pth")
    monkeypatch.setenv("ZSCWH_WEIGHTS", str(tmp_path / "weights"))
    edit(grid, '\nweights.mine = "here.pth"', "")
    zscwh("ingest", grid)
    assert new_work(tmp_path, before) == {}
    _save(tmp_path / "weights" / "mine.pth", seed=1)
    assert "since @1" in zscwh("ingest", grid).stderr
    assert new_work(tmp_path, before)["embed"] == 1


def test_hash_and_number_of_the_weights_are_recorded(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Of the network as it was run, without its head."""
    _save(tmp_path / "here.pth")
    edit(grid, 'name = "private"', 'name = "private"\nweights.mine = "here.pth"')
    zscwh("ingest", grid)
    network = models.resnet18()
    network.fc = torch.nn.Identity()
    n_parameters = sum(each.numel() for each in network.parameters())
    found = zsc_wh.open(tmp_path / "zscwh.duckdb").query("encoders")
    assert found["n_parameters"].to_list() == [n_parameters]
    assert len(found["weights_sha256"][0]) == 64


def test_another_dimension_than_declared_is_told(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """It is a fault of the declaration, known before anything is computed."""
    _save(tmp_path / "here.pth")
    edit(grid, 'name = "private"', 'name = "private"\nweights.mine = "here.pth"')
    edit(grid, "dim = 512", "dim = 511")
    told = zscwh("ingest", grid, code=2).stderr
    assert "it gives 512 features, and dim = 511 is declared" in told
    edit(grid, "dim = 511", "dim = 512")
    zscwh("ingest", grid)
