"""Tables on a terminal: they fit, say what they leave out, and only they do."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from zsc_wh.cli.fitting import fit, shortened, shortened_inside, with_units
from zsc_wh.cli.terminal import display_width
from zsc_wh.warehouse import Rows, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["encoder", "same", "empty", "ami", "note"]
NUMERIC = [False, False, False, True, False]
CELLS = [
    ["resnet50", "x" * 30, "", "0.5", "a" * 40],
    ["dino", "x" * 30, "", "0.25", "b" * 20],
]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_a_table_is_never_wider_than_the_terminal(width: int) -> None:
    """As long as there is room for its first words."""
    table, kept = fit(HEADER, CELLS, width, numeric=NUMERIC)
    widths = [max(map(display_width, column)) for column in zip(*table, strict=True)]
    assert sum(widths) + 2 * (len(widths) - 1) <= width
    names = [shortened_inside(HEADER[i], widths[k]) for k, i in enumerate(kept)]
    assert table[0] == names


def test_what_says_nothing_goes_first() -> None:
    """An empty column, then one that is the same in every row, then the last."""
    dropped = []
    for width in range(120, 5, -1):
        _, kept = fit(HEADER, CELLS, width, numeric=NUMERIC)
        dropped += [i for i in range(5) if i not in kept and i not in dropped]
    assert [HEADER[i] for i in dropped[:3]] == ["empty", "same", "note"]


def test_the_first_score_stays_longest() -> None:
    """Also where it is equal in every row, as nobody asks for results without it."""
    header = ["encoder", "dataset", "status", "ami", "nmi"]
    cells = [
        ["dino", "photos", "done", "0.5", "0.6"],
        ["mae", "digits", "done"] + ["0.5"] * 2,
    ]
    numeric = [False, False, False, True, True]
    dropped = []
    for width in range(60, 1, -1):
        _, kept = fit(header, cells, width, numeric=numeric)
        dropped += [i for i in range(5) if i not in kept and i not in dropped]
    assert [header[i] for i in dropped] == ["status", "nmi", "dataset", "ami"]


def test_a_column_of_zeros_goes_before_one_that_counts() -> None:
    """In a single row, too: of the coverage, what failed not at all."""
    header = ["grid", "cells", "failed", "oom", "closed"]
    row = ["mine", "12", "0", "0", "12"]
    numeric = [False, True, True, True, True]
    _, kept = fit(header, [row], 26, numeric=numeric)
    assert [header[i] for i in kept] == ["grid", "cells", "closed"]


def test_long_texts_are_shortened_before_columns_go() -> None:
    """Numbers stay whole; the longest text gives most."""
    table, kept = fit(HEADER, CELLS, 70, numeric=NUMERIC)
    assert kept == [0, 1, 2, 3, 4]
    assert [row[3] for row in table] == ["ami", "0.5", "0.25"]
    assert table[1][4].endswith("…")


def test_one_row_has_no_constant_columns() -> None:
    """There, every column is the same in every row."""
    _, kept = fit(HEADER, CELLS[:1], 40, numeric=NUMERIC)
    assert 0 in kept


def test_numbers_are_never_cut_and_names_keep_both_ends() -> None:
    """The first digits of 1.23457e-07 are another number; endings tell names apart."""
    header = ["encoder", "silhouette_original", "silhouette_umap"]
    cells = [["resnet50_random_init", "1.2345678901e-07", "-0.5"]]
    numeric = [False, True, True]
    for width in range(60, 39, -1):
        table, kept = fit(header, cells, width, numeric=numeric)
        assert kept == [0, 1, 2]
        assert table[1][1:] == cells[0][1:]
        assert len(set(table[0])) == 3
    table, _ = fit(header, cells, 40, numeric=numeric)
    assert table[0] == ["encoder", "silhoue…original", "silh…_umap"]
    table, kept = fit(header, cells, 39, numeric=numeric)
    assert 1 not in kept or table[1][kept.index(1)] == cells[0][1]


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
    ],
)
def test_texts_are_cut_by_what_they_take(text: str, width: int, short: str) -> None:
    """A wide character takes two columns."""
    assert shortened(text, width) == short
    assert display_width(short) <= width


def test_units_come_from_the_names_of_columns() -> None:
    """Bytes, seconds and joules as people read them; keys by their beginning."""
    key = "0123456789abcdef" * 4
    rows = Rows(
        ("peak_bytes", "wall_s", "cpu_energy_j", "images_per_s", "cell_key", "n", "ok"),
        ("BIGINT", "DOUBLE", "DOUBLE", "DOUBLE", "VARCHAR", "INTEGER", "BOOLEAN"),
        [(3 * 2**20, 7200.0, 1500.0, 12.5, key, 7, True), (None,) * 7],
    )
    assert with_units(rows).rows == [
        ("3 MiB", "2.0 h", "1.5 kJ", 12.5, "01234567", 7, True),
        (None,) * 7,
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an empty warehouse."""
    Warehouse(tmp_path / "zscwh.duckdb").create()
    return tmp_path


def _on_a_terminal(folder: Path, *args: str, width: int = 60, **env: str) -> str:
    """Return what a command shows on a terminal of this width."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "TERM": "xterm", **env}
    done = subprocess.Popen(
        [sys.executable, "-m", "zsc_wh", *args],
        cwd=folder,
        env=environment,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 1 << 16)
        except OSError:  # the other side has gone
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    assert done.wait() == 0
    return text.decode()


SQL = (
    "select range as n, 'same' as s, repeat('x', 50) as long, null as none "
    "from range(2)"
)


def test_a_terminal_gets_a_fitted_table(folder: Path) -> None:
    """With its header in bold, and a line on what has no room."""
    shown = _on_a_terminal(
        folder, "sql", SQL + ", (select repeat('y', 40) as t)", width=16
    )
    assert "\x1b[1m" in shown
    plain = re.sub("\x1b\\[[0-9;]*m", "", shown).replace("\r", "").splitlines()
    assert all(len(line) <= 16 for line in plain[:4])
    assert "--wide shows all" in shown


def test_wide_and_no_color_are_obeyed(folder: Path) -> None:
    """Then a terminal gets what a pipe gets."""
    shown = _on_a_terminal(folder, "sql", SQL, "--wide", NO_COLOR="1")
    piped = subprocess.run(
        [sys.executable, "-m", "zsc_wh", "sql", SQL],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.replace("\r\n", "\n") == piped


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("x.csv", "n,s\n"),
        ("x.JSON", "["),
        ("x.jsonl", "{"),
        ("x.md", "| n"),
        ("x.tex", "\\begin{tabular}"),
        ("x.parquet", "PAR1"),
        ("x.txt", "n  s"),
    ],
)
def test_the_suffix_of_the_output_is_its_form(
    folder: Path, name: str, start: str
) -> None:
    """Unless a form is asked for."""
    command = [
        sys.executable,
        "-m",
        "zsc_wh",
        "sql",
        "select 1 as n, 'a' as s",
        "-o",
        name,
    ]
    subprocess.run(command, cwd=folder, check=True)
    assert (folder / name).read_bytes().startswith(start.encode())
    subprocess.run([*command, "-f", "jsonl"], cwd=folder, check=True)
    assert (folder / name).read_bytes().startswith(b"{")


def test_a_suffix_that_chooses_no_form_is_refused(folder: Path) -> None:
    """A table of ours in a file that is called a spreadsheet opens nowhere."""
    command = [sys.executable, "-m", "zsc_wh", "sql", "select 1 as n", "-o", "x.xlsx"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "the suffix '.xlsx' chooses no form. The suffixes are .csv," in done.stderr
    assert not (folder / "x.xlsx").exists()
    subprocess.run([*command, "-f", "csv"], cwd=folder, check=True)
    assert (folder / "x.xlsx").read_text() == "n\n1\n"


def test_columns_are_chosen_in_every_form(folder: Path) -> None:
    """In the order that is asked for; an unknown one is told with the nearest."""
    command = [sys.executable, "-m", "zsc_wh", "sql", SQL, "-f", "csv", "--columns"]
    done = subprocess.run(
        [*command, "long, n"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "long,n"
    done = subprocess.run(
        [*command, "lon"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "did you mean 'long'" in done.stderr
