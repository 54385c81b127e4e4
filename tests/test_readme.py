"""What the README shows is what happens."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from torchvision import models

from tests.encoders import plain
from tests.encoders.plain import made
from zsc_wh.cli import cli
from zsc_wh.sqlfiles import queries

README = Path(__file__).parent.parent / "README.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BIRDS = ("passerines/wren", "passerines/robin", "owls/barn owl")

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with images, weights of one's own and published ones."""
    numbers = np.random.default_rng(0)
    for label, bird in enumerate(BIRDS):
        (tmp_path / "birds" / bird).mkdir(parents=True)
        for i in range(4):
            pixels = numbers.integers(80 * label, 80 * label + 90, (24, 24, 3))
            image = Image.fromarray(pixels.astype(np.uint8))
            image.save(tmp_path / "birds" / bird / f"{i}.jpg")
    state = models.resnet50(num_classes=7).state_dict()
    own = {f"backbone.{name}": tensor for name, tensor in state.items()}
    torch.save({**own, "projector.weight": torch.zeros(2)}, tmp_path / "own.pth")
    (tmp_path / "weights").mkdir()
    torch.save(made(plain.vit_shapes(768, 12)), tmp_path / "weights" / "dino.pth")
    return tmp_path


def test_ten_lines_add_two_encoders_and_a_dataset(folder: Path) -> None:
    """A catalog of ten lines, and a grid that runs it, scored at both levels."""
    text = README.read_text(encoding="utf-8")
    start = text.index("So a catalog of your own")
    catalog, grid, commands = _FENCE.findall(text[start:])[:3]
    assert (catalog[0], grid[0], commands[0]) == ("toml", "toml", "bash")
    assert sum(bool(line) for line in catalog[1].splitlines()) <= 10
    (folder / "catalog.toml").write_text(catalog[1])
    (folder / "birds.toml").write_text(grid[1])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    asked = commands[1].replace("dataset=birds", "dataset=birds -f csv")
    done = subprocess.run(
        ["bash", "-euc", asked],
        cwd=folder,
        env={**os.environ, "PATH": path, "ZSCWH_WEIGHTS": "weights"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {(row["encoder"], row["level"]) for row in rows} == {
        (encoder, level)
        for encoder in ("dino", "own")
        for level in ("order", "species")
    }
    assert all(row["ami"] for row in rows)


def test_the_plan_of_the_study_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is there yet, as anybody may run it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZSCWH_DATA", str(tmp_path))
    done = CliRunner().invoke(cli, ["plan", "study"])
    shown = README.read_text(encoding="utf-8").partition("$ zscwh plan study")[2]
    lines = shown.partition("\n")[2].partition("\n$ zscwh ingest study")[0]
    assert lines.count("\n") == 3
    assert f"{lines}\n" in done.stderr


def test_the_queries_of_the_table_are_there() -> None:
    """What answers a question is a query that is shipped."""
    text = README.read_text(encoding="utf-8")
    [table] = re.findall(r"^\| question .*?\n\n", text, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`(\w+)`", table)
    assert len(named) > 20
    assert {*named} <= queries().keys()
