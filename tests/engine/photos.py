"""A folder of small photos with a table of labels, to be changed as people do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

import zsc_wh

if TYPE_CHECKING:
    from pathlib import Path

GRID = """
name = "mine"
scores = ["ami", "silhouette"]

[dataset.photos]
loader = { kind = "manifest", path = "table.csv", levels = ["species"] }

[encoder.small]
loader = { kind = "pixels" }
image_size = 4
family = "none"

[[cross]]
datasets = ["photos"]
encoders = ["small"]
reducers = ["none", "zscore"]
clusterers = ["kmeans", "hdbscan"]
"""

CLASSES = ("ant", "bee", "cat")


def write_photo(path: Path, seed: int, colour: int) -> None:
    """Write a noisy image of 8 x 8 pixels as BMP, whose size does not depend on it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(-40, 40, (8, 8, 3))
    pixels = np.clip(np.array([colour, 255 - colour, 128]) + noise, 0, 255)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def make(folder: Path) -> Path:
    """Write 30 photos in three folders, their table and a grid; return the grid."""
    rows = ["path,kind,species"]
    for number, name in enumerate(CLASSES):
        for i in range(10):
            path = f"photos/{name}/{i:02}.bmp"
            write_photo(folder / path, 100 * number + i, 100 * number)
            rows.append(f"{path},{'mammal' if name == 'cat' else 'insect'},{name}")
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    (folder / "mine.toml").write_text(GRID)
    return folder / "mine.toml"


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must hold it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def executed(folder: Path) -> dict[str, int]:
    """Return the tasks by stage that the warehouse has seen in all."""
    rows = zsc_wh.open(folder / "zscwh.duckdb").run_sql("select stage from task").rows
    return Counter(str(stage) for (stage,) in rows)


def new_work(folder: Path, before: dict[str, int]) -> dict[str, int]:
    """Return the tasks by stage since `before`."""
    return {
        stage: n - before.get(stage, 0)
        for stage, n in executed(folder).items()
        if n > before.get(stage, 0)
    }
