"""Data that cannot be used end an ingest before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.cli.test_plan_missing import run
from tests.datasets.made import idx_bytes
from tests.engine.photos import executed, write_photo

if TYPE_CHECKING:
    from pathlib import Path

GRID = """
name = "wrong"
scores = ["ami"]
[dataset.wrong]
loader = {{ {loader} }}
[[cross]]
datasets = ["wrong"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["ac-known"]
"""
IDX = 'kind = "idx", path = ".", split = "test"'
TABLE = 'kind = "manifest", path = "table.csv", levels = ["kind"]'
IMAGES = "t10k-images-idx3-ubyte"
LABELS = "t10k-labels-idx1-ubyte"

_PIXELS = idx_bytes(np.zeros((8, 6, 6), np.uint8))
_FILES = {
    IMAGES: _PIXELS,
    LABELS: idx_bytes(np.arange(8, dtype=np.uint8)),
    "table.csv": b"path,kind\na.bmp,x\nb.bmp,y\n",
}

WRONG: dict[str, tuple[str, dict[str, bytes | None], str, str]] = {
    "missing file": (IDX, {LABELS: None}, "no file of the labels", f"Put {LABELS}"),
    "cut file": (
        IDX,
        {IMAGES: _PIXELS[:99]},
        f"{IMAGES}: its header says 8 x 6 x 6 = 288 bytes, and there are 83",
        "download the file again",
    ),
    "count mismatch": (
        IDX,
        {LABELS: idx_bytes(np.arange(7, dtype=np.uint8))},
        f"{LABELS}: 7 labels for 8 images",
        "Take both files from one place",
    ),
    "label out of range": (
        f'{IDX}, class_names = ["a", "b"]',
        {},
        f"{LABELS}: there is a label 7, and `class_names` has 2 names",
        "Name every class",
    ),
    "no table": (
        TABLE,
        {"table.csv": None},
        "table.csv: no such file",
        "relative path",
    ),
    "duplicate sample": (
        TABLE,
        {"table.csv": b"path,kind\na.bmp,x\nb.bmp,y\na.bmp,x\n"},
        "table.csv: path: the path 'a.bmp' is in 2 rows, such as line 2 and line 4",
        "Keep one row for every image",
    ),
}
"""What is declared, files that are not as they should be, and what is said of it."""


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_data_are_told_before_any_work(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the file, what is wrong and what to do; nothing is computed."""
    monkeypatch.chdir(tmp_path)
    loader, files, what, hint = WRONG[fault]
    for name, content in (_FILES | files).items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
    for number, name in enumerate(("a", "b")):
        write_photo(tmp_path / f"{name}.bmp", number, 90 * number)
    (tmp_path / "wrong.toml").write_text(GRID.format(loader=loader))
    done = run("ingest", "wrong.toml")
    assert done.exit_code == 2
    assert what in done.stderr
    assert hint in done.stderr
    assert executed(tmp_path) == {}
