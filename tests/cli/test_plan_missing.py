"""`plan` on a machine that lacks datasets and weights names all of them at once."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

from tests.datasets.made import idx_bytes
from zsc_wh.cli import cli
from zsc_wh.errors import ZscError

if TYPE_CHECKING:
    from pathlib import Path

GRID = """
name = "mine"
scores = ["ami"]
[[cross]]
datasets = ["mnist", "eurosat"]
encoders = ["pixels", "ft_dino_resnet50", "vicreg_resnet50"]
reducers = ["umap-50"]
clusterers = ["kmeans", "hdbscan"]
"""


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a grid of published data, of which this machine has nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZSCWH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("ZSCWH_WEIGHTS", raising=False)
    path = tmp_path / "mine.toml"
    path.write_text(GRID)
    return path


class Done(NamedTuple):
    """What a command gave."""

    exit_code: int
    stdout: str
    stderr: str


def run(*args: object) -> Done:
    """Run the command line; an error of ours is told as the command does."""
    done = CliRunner().invoke(cli, [*map(str, args)])
    error = done.exception
    if isinstance(error, ZscError):
        return Done(error.exit_code, done.stdout, f"{done.stderr}zscwh: {error}\n")
    return Done(done.exit_code, done.stdout, done.stderr)


def make_mnist(data: Path) -> None:
    """Write the test and the train set of MNIST, with 60 images each."""
    folder = data / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for prefix in ("t10k", "train"):
        pixels = np.random.default_rng(0).integers(0, 256, (60, 28, 28), np.uint8)
        labels = np.arange(60, dtype=np.uint8) % 10
        for name, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            (folder / f"{prefix}-{name}-ubyte").write_bytes(idx_bytes(array))


def test_all_is_named_with_its_place(grid: Path, tmp_path: Path) -> None:
    """Once each, with what to do; the plan is shown all the same, and exit code 2."""
    done = run("plan", grid, "-f", "json")
    assert done.exit_code == 2
    told, data = done.stderr, tmp_path / "data"
    assert "zscwh: not on this machine: 4 datasets and 2 files of weights\n" in told
    assert f"    mnist, mnist_train: {data}/MNIST/raw; from http" in told
    assert f"    eurosat, eurosat_train: {data}/EuroSAT/EuroSAT_RGB; from http" in told
    assert "    ft_dino_resnet50: not published; only you can have this file\n" in told
    assert "    vicreg_resnet50: 89.9 MiB from https://dl.fbaipublicfiles.com" in told
    assert "12 to run" in told
    assert "umap: 6 reductions for 12 cells" in told
    assert "4 datasets not here yet: planned with the published sizes" in told
    stages = {row["stage"]: row for row in json.loads(done.stdout)}
    assert stages["embed"]["to_run"] == 12
    # 10,000 and 4,050 images; 60,000 and 22,950 references
    n = 10_000 + 4_050 + 60_000 + 22_950
    assert stages["embed"]["forecast_disk_bytes"] == 4 * n * (2 * 2048 + 3 * 32**2)
    assert stages["cluster"]["forecast_s"] > 0


def test_an_ingest_says_the_same_and_runs_nothing(grid: Path, tmp_path: Path) -> None:
    """With --offline, weights that are to be downloaded are missing too."""
    make_mnist(tmp_path / "data")
    shutil.copytree(tmp_path / "data" / "MNIST", tmp_path / "data" / "EuroSAT")
    grid.write_text(GRID.replace(', "eurosat"', "").replace('"ft_dino_resnet50", ', ""))
    done = run("ingest", grid, "--offline")
    assert done.exit_code == 2
    assert "zscwh: not on this machine: 1 file of weights\n" in done.stderr
    assert "vicreg_resnet50: 89.9 MiB from" in done.stderr
    assert not (tmp_path / "zscwh.duckdb.inbox").exists() or not list(
        (tmp_path / "zscwh.duckdb.inbox").glob("*.parquet")
    )


def test_what_arrives_is_looked_at(grid: Path, tmp_path: Path) -> None:
    """Its own size counts then; what can be downloaded stops nothing."""
    make_mnist(tmp_path / "data")
    (tmp_path / "vicreg_resnet50.pth").write_bytes(b"weights")
    text = GRID.replace('"ft_dino_resnet50", ', "").replace(', "eurosat"', "")
    grid.write_text(text)
    done = run("plan", grid)
    assert done.exit_code == 0, done.stderr
    assert "an ingest that is not --offline downloads" in done.stderr
    assert "mnist: 60 samples, published with 10,000" in done.stderr
    grid.write_text(
        text.replace(
            "scores", 'weights.vicreg_resnet50 = "vicreg_resnet50.pth"\nscores'
        )
    )
    done = run("plan", grid)
    assert done.exit_code == 0, done.stderr
    assert "not on this machine" not in done.stderr


def test_a_fault_is_told_with_what_is_missing(grid: Path, tmp_path: Path) -> None:
    """Something lies at the place of one dataset and cannot be read."""
    (tmp_path / "data" / "EuroSAT" / "EuroSAT_RGB").mkdir(parents=True)
    done = run("plan", grid)
    assert done.exit_code == 2
    assert "1 fault in what the grids name\n" in done.stderr
    assert "EuroSAT_RGB: " in done.stderr
    assert "not on this machine: 2 datasets and 1 file of weights" in done.stderr


def test_a_folder_of_ones_own_is_a_fault(grid: Path) -> None:
    """No size of it was published, so nothing can be planned without it."""
    grid.write_text(
        GRID.replace('"mnist", "eurosat"', '"photos"')
        + '[dataset.photos]\nloader = { kind = "folder", path = "fotos" }\n'
    )
    done = run("plan", grid)
    assert done.exit_code == 2
    assert "fotos: there is no such folder or archive" in done.stderr


@pytest.mark.usefixtures("grid")
def test_of_a_dataset_of_unknown_size_all_is_named_too() -> None:
    """BIOSCAN-5M with its weights and features, though no cell is planned."""
    done = run("plan", "bioscan5m", "-f", "json")
    assert done.exit_code == 2
    assert {row["to_run"] for row in json.loads(done.stdout)} == {0}
    told = done.stderr
    assert "bioscan5m: not here, and of unknown size: planned without its cells" in told
    found = "2 datasets, 11 files of weights and 10 files of features\n"
    assert f"zscwh: not on this machine: {found}" in told
    assert "    resnet50: 97.8 MiB from https://download.pytorch.org" in told
    assert "    barcodebert / bioscan5m: " in told
    assert run("ingest", "bioscan5m").exit_code == 2


def test_probes_wait_for_labels_that_are_missing(grid: Path, tmp_path: Path) -> None:
    """Those of what is here are to run; of the rest it is not known."""
    make_mnist(tmp_path / "data")
    grid.write_text(GRID.replace(', "ft_dino_resnet50", "vicreg_resnet50"', ""))
    told = run("plan", grid).stderr
    assert "probes: 0 done, 1 to run, 1 missing their labels" in told
