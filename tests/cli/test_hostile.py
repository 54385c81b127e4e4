"""Names that want to break out of SQL and HTML, from grid to page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zsc_wh
from tests.report.test_browser import CHROMIUM, DRIVER, browser, log, opened, run

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

    from tests.engine.conftest import Command, MakeGrid

__all__ = ["browser"]

ENCODER = "a'; drop table run; --"
CLASS = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def hostile(make_grid: MakeGrid, zscwh: Command, tmp_path: Path) -> Path:
    """Ingest a grid with a hostile encoder and a hostile class, and report it."""
    grid = make_grid(clusterers=("kmeans", "hdbscan"))
    blobs = np.load(tmp_path / "blobs.npz")
    names = np.array([CLASS, "b", "c", "d"])[blobs["y_true"]]
    np.savez(tmp_path / "blobs.npz", embeddings=blobs["embeddings"], y_true=names)
    text = grid.read_text(encoding="utf-8")
    text = text.replace("[encoder.blob_features]", f"[encoder.{json.dumps(ENCODER)}]")
    text = text.replace('["blob_features"]', f"[{json.dumps(ENCODER)}]")
    text = 'maps = ["pca-2"]\n' + text + '\n[reducer.pca-2]\nkind = "pca"\n'
    grid.write_text(text + "n_components = 2\n", encoding="utf-8")
    zscwh("ingest", grid)
    zscwh("report", "-o", "report.html")
    return tmp_path


def test_hostile_names_are_names(hostile: Path, zscwh: Command) -> None:
    """Ingest, query, sql and assignments treat them as any other text."""
    done = zscwh("query", "results", "-p", f"encoder={ENCODER}", "-f", "json")
    assert {row["encoder"] for row in json.loads(done.stdout)} == {ENCODER}
    opened_file = zsc_wh.open(hostile / "zscwh.duckdb")
    assert opened_file.run_sql("select count(*) from run").rows == [(6,)]
    cell = f"{ENCODER}/blobs/none/kmeans"
    rows = json.loads(zscwh("assignments", cell, "-f", "json").stdout)
    assert CLASS in {row["label"] for row in rows}


@pytest.mark.browser
@pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs chromium and chromedriver"
)
def test_the_page_of_a_hostile_ingest_is_quiet(hostile: Path, browser: Chrome) -> None:
    """No error in the console, no request, no image, and the class is shown."""
    opened(browser, hostile / "report.html", 1400)
    assert log(browser, "browser") == []
    assert run(browser, "performance.getEntriesByType('resource').length") == 0
    assert run(browser, "document.querySelectorAll('img').length") == 0
    assert CLASS in str(run(browser, "document.documentElement.textContent"))
