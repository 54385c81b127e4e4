"""The extension to BIOSCAN-5M in small: images, DNA, and both side by side."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.study_mini.layouts import bioscan5m
from tests.study_mini.test_study_mini import zscwh
from tests.study_mini.weights import encoder_toml
from zsc_wh.declare import shipped_grids

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

IMAGE, DNA = "dino_vitb16", "barcodebert"


def write_grid(folder: Path) -> None:
    """Write the shipped grid with one encoder of images and one of barcodes."""
    text = shipped_grids()["bioscan5m"].read_text(encoding="utf-8")
    own = encoder_toml(IMAGE, folder / "weights")
    head, *entries = re.split(r"(?=^\[encoder\.)", text, flags=re.MULTILINE)
    kept = [
        entry
        for entry in entries
        if entry.startswith((f"[encoder.{DNA}]", f'[encoder."{IMAGE}+{DNA}"]'))
    ]
    assert len(kept) == 2
    head = re.sub(r"encoders = \[[^]]*\]", f'encoders = ["mini_{IMAGE}"]', head)
    joined = "".join(kept).replace(f'"{IMAGE}"', f'"mini_{IMAGE}"')
    (folder / "mini.toml").write_text(head + joined + own, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the grid was run."""
    folder = tmp_path_factory.mktemp("bioscan")
    bioscan5m(folder / "data")
    (folder / "weights").mkdir()
    write_grid(folder)
    zscwh(folder, "ingest", "mini.toml", "--offline")
    return folder


def test_every_cell_is_closed(folder: Path) -> None:
    """Both sets by images, by DNA and by both; nothing is left to do."""
    rows = [
        *csv.DictReader(io.StringIO(zscwh(folder, "query", "results", "-f", "csv")))
    ]
    assert {(row["dataset"], row["encoder"], row["status"]) for row in rows} == {
        (dataset, encoder, "done")
        for dataset in ("bioscan5m", "bioscan5m_barcodes")
        for encoder in (f"mini_{IMAGE}", DNA, f"{IMAGE}+{DNA}")
    }
    assert {row["n_classes"] for row in rows} == {"3"}
    plan = json.loads(zscwh(folder, "plan", "mini.toml", "-f", "json"))
    assert {row["to_run"] for row in plan} == {0}


def test_every_level_is_scored(folder: Path) -> None:
    """From class to BIN, of the one clustering of both side by side."""
    text = zscwh(
        folder, "query", "level_scores", "-p", "dataset=bioscan5m", "-f", "csv"
    )
    rows = [row for row in csv.DictReader(io.StringIO(text)) if "+" in row["encoder"]]
    levels = {"class", "order", "family", "genus", "species", "dna_bin"}
    assert {row["level"] for row in rows} >= levels
