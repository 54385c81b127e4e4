"""Names that want to break out of SQL and HTML, from grid to page."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zsc_wh
from tests.report.test_browser import CHROMIUM, DRIVER, browser, log, opened, run
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

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


def _on_terminal(folder: Path, *args: str) -> str:
    """Return what Python sends to a terminal, as output and as messages."""
    ours, theirs = pty.openpty()
    command = [sys.executable, *args]
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        got = b""
        try:
            while part := os.read(ours, 4096):
                got += part
        except OSError:  # the terminal has closed, as Linux says it
            pass
    os.close(ours)
    assert running.returncode in (0, 1)
    return got.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("fmt", ["table", "csv", "json", "markdown", "latex"])
def test_a_terminal_obeys_no_value(tmp_path: Path, fmt: str) -> None:
    """Escape codes are shown there; a pipe gets them as they are."""
    Warehouse(tmp_path / "zscwh.duckdb").create()
    # by number: DuckDB 1.5 has no escapes for characters beyond one byte
    codes = [27, *b"]0;owned", 7, 0x9B, *b"2J", 0x202E, 13, *b"end"]
    text = f"select {' || '.join(f'chr({code})' for code in codes)} as class"
    shown = _on_terminal(tmp_path, "-m", "zsc_wh", "sql", text, "-f", fmt)
    assert "owned" in shown
    for own in ("\x1b[1m", "\x1b[2m", "\x1b[0m"):  # of the header and its rule
        shown = shown.replace(own, "")
    assert not set("\x1b\x07\x9b\u202e\r") & set(shown)


def test_a_terminal_obeys_no_message(tmp_path: Path) -> None:
    """What a message cites is shown, also where it is not text."""
    Warehouse(tmp_path / "zscwh.duckdb").create()
    shown = _on_terminal(tmp_path, "-m", "zsc_wh", "query", "\x1b]0;owned\x07")
    assert shown.startswith("zscwh: ")
    assert "\\x1b]0;owned\\x07" in shown
    assert "\x1b" not in shown


def test_a_terminal_that_is_named_obeys_no_value(tmp_path: Path) -> None:
    """`-o` may lead to one."""
    Warehouse(tmp_path / "zscwh.duckdb").create()
    text = "select E'\\x1b]0;owned\\x07' as class"
    place = ("-o", "/dev/stdout")
    shown = _on_terminal(tmp_path, "-m", "zsc_wh", "sql", text, *place)
    assert "\\x1b]0;owned\\x07" in shown


def test_a_line_may_be_drawn_again(tmp_path: Path) -> None:
    """Progress takes the place of its last line; what it cites does nothing."""
    code = "import click; from zsc_wh.cli import standard; standard.install();"
    code += r"click.echo('\r\x1b[Kdone \x1b[31m', nl=False, err=True)"
    assert _on_terminal(tmp_path, "-c", code) == "\r\x1b[Kdone \\x1b[31m"


def test_a_pipe_gets_every_byte(tmp_path: Path, zscwh: Command) -> None:
    """Nothing is taken out of data on its way to a pipe."""
    zscwh("init")
    done = zscwh("sql", "select E'x\\x1b[31my' as a", "-f", "csv")
    assert done.stdout == "a\nx\x1b[31my\n"


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
