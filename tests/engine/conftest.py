from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.commands import command_here, command_process

if TYPE_CHECKING:
    from tests.commands import Command

GRID = """
name = "tiny"
seeds = [{seeds}]
scores = [{scores}]

[dataset.blobs]
loader = {{ kind = "embeddings", path = "blobs.npz", labels = "y_true" }}

[encoder.blob_features]
loader = {{ kind = "embeddings", path = "{{dataset}}.npz" }}

[clusterer.spare]
kind = "kmeans"
n_init = 2

[[cross]]
datasets = ["blobs"]
encoders = ["blob_features"]
reducers = ["none", "zscore", "pca-0.90"]
clusterers = [{clusterers}]
"""


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


MakeGrid = Callable[..., Path]


@pytest.fixture
def make_grid(tmp_path: Path) -> MakeGrid:
    """Write a grid over 240 blobs in 6 dimensions, and return its path."""
    return _grid_maker(tmp_path)


@pytest.fixture
def zscwh(tmp_path: Path) -> Command:
    """Run the command line in this process, in a folder of its own."""
    return command_here(tmp_path)


@pytest.fixture
def zscwh_process(tmp_path: Path) -> Command:
    """Run the command line in a process of its own, with workers."""
    return command_process(tmp_path)


@pytest.fixture(scope="module")
def module_grid(tmp_path_factory: pytest.TempPathFactory) -> tuple[MakeGrid, Command]:
    """Return both for a folder that the tests of a module share."""
    folder = tmp_path_factory.mktemp("shared")
    return _grid_maker(folder), command_here(folder)


def _grid_maker(folder: Path) -> MakeGrid:
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=4, size=(4, 6))
    y_true = np.repeat(np.arange(4), 60)
    embeddings = (centres[y_true] + rng.normal(size=(240, 6))).astype(np.float32)
    np.savez(folder / "blobs.npz", embeddings=embeddings, y_true=y_true)

    def make(
        clusterers: Sequence[str] = ("kmeans", "ac-known", "hdbscan"),
        scores: Sequence[str] = ("ami", "silhouette", "silhouette_original"),
        seeds: str = "0",
    ) -> Path:
        path = folder / "tiny.toml"
        path.write_text(
            GRID.format(
                clusterers=_quoted(clusterers), scores=_quoted(scores), seeds=seeds
            ),
            encoding="utf-8",
        )
        return path

    return make
