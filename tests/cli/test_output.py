from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from zsc_wh.cli.forms import render
from zsc_wh.cli.options import FORMATS
from zsc_wh.cli.output import put
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = Rows(
    ("name", "value", "labels", "at", "flag"),
    ("VARCHAR", "DOUBLE", "INTEGER[]", "TIMESTAMP WITH TIME ZONE", "BOOLEAN"),
    [
        (
            'a,"b"|\n_&%',
            0.1234567890123,
            [1, None, -1],
            dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.UTC),
            True,
        ),
        (None, None, None, None, None),
    ],
)
EMPTY = Rows(("name", "value"), ("VARCHAR", "DOUBLE"), [])


def _text(rows: Rows, fmt: str) -> str:
    content = render(rows, fmt)
    assert isinstance(content, str)
    return content


@pytest.mark.parametrize("fmt", ["table", "csv", "markdown", "latex"])
def test_an_empty_result_keeps_its_header(fmt: str) -> None:
    """No rows still say which columns there are."""
    assert all(name in _text(EMPTY, fmt) for name in EMPTY.columns)


def test_an_empty_parquet_keeps_columns_and_types() -> None:
    """No rows still have types in Parquet."""
    content = render(EMPTY, "parquet")
    assert isinstance(content, bytes)
    frame = pl.read_parquet(io.BytesIO(content))
    assert frame.schema == {"name": pl.String, "value": pl.Float64}


@pytest.mark.parametrize("fmt", ["json", "jsonl"])
def test_json_says_everything_exactly(fmt: str) -> None:
    """JSON keeps full precision, lists, NULL and times."""
    text = _text(ROWS, fmt)
    parsed: list[dict[str, Any]] = (
        json.loads(text)
        if fmt == "json"
        else [json.loads(line) for line in text.splitlines()]
    )
    assert parsed[0] == {
        "name": 'a,"b"|\n_&%',
        "value": 0.1234567890123,
        "labels": [1, None, -1],
        "at": "2024-01-02T03:04:00+00:00",
        "flag": True,
    }
    assert set(parsed[1].values()) == {None}


def test_csv_round_trips() -> None:
    """CSV quotes what needs it and keeps full precision."""
    read = list(csv.reader(io.StringIO(_text(ROWS, "csv"))))
    assert read[0] == list(ROWS.columns)
    assert read[1] == [
        'a,"b"|\n_&%',
        "0.1234567890123",
        "[1, null, -1]",
        "2024-01-02T03:04:00+00:00",
        "true",
    ]
    assert read[2] == [""] * 5


def test_parquet_keeps_the_types() -> None:
    """Parquet holds numbers, lists, times and truth values as such."""
    content = render(ROWS, "parquet")
    assert isinstance(content, bytes)
    frame = pl.read_parquet(io.BytesIO(content))
    assert frame["labels"].to_list() == [[1, None, -1], None]
    assert frame["value"][0] == 0.1234567890123
    assert frame["at"].dtype == pl.Datetime("us", "UTC")


def test_table_aligns_and_rounds() -> None:
    """The table lines up, one row a line, numbers to the right."""
    rows = Rows(("n", "value"), ("VARCHAR", "DOUBLE"), [("x", 2 / 3), ("long", 10.0)])
    assert _text(rows, "table") == (
        "n        value\n----  --------\nx     0.666667\nlong        10\n"
    )


def test_markdown_and_latex_escape() -> None:
    """Characters of the markup are shown, not obeyed."""
    assert 'a,"b"\\| _&%' in _text(ROWS, "markdown")
    assert 'a,"b"| \\_\\&\\%' in _text(ROWS, "latex")


@pytest.mark.parametrize("fmt", FORMATS)
def test_files_are_written_whole(tmp_path: Path, fmt: str) -> None:
    """``--output`` writes the same as standard output, into new folders too."""
    path = tmp_path / "new" / "rows"
    put(ROWS, fmt, path)
    content = render(ROWS, fmt)
    assert path.read_bytes() == (
        content if isinstance(content, bytes) else content.encode()
    )


def test_a_carriage_return_comes_back_out_of_csv() -> None:
    """Every line break is quoted; a lone empty value is no empty line."""
    values = ["a\rb", "a\r\nb", "\r", "", 'a"b', "\x1b[31m"]
    rows = Rows(("a",), ("VARCHAR",), [(value,) for value in values])
    read = list(csv.reader(io.StringIO(_text(rows, "csv"), newline="")))
    assert read == [["a"], *([value] for value in values)]


@pytest.mark.parametrize(
    ("special", "written"),
    [
        *((each, f"\\{each}") for each in "&%$#_{}"),
        ("~", r"\textasciitilde{}"),
        ("^", r"\textasciicircum{}"),
        ("\\", r"\textbackslash{}"),
    ],
)
def test_latex_reads_every_special_character_as_itself(
    special: str, written: str
) -> None:
    """The ten characters that TeX gives a meaning; a tilde would be a blank."""
    rows = Rows(("a",), ("VARCHAR",), [(f"x{special}y",)])
    assert f"x{written}y" in _text(rows, "latex")


def test_rows_of_latex_take_no_argument() -> None:
    """After a line break or a rule, `[` and `*` would be taken for one."""
    rows = Rows(("[a]", "b"), ("VARCHAR",) * 2, [("*", "["), (" [1]", "*"), ("x", "")])
    lines = _text(rows, "latex").splitlines()
    assert [lines[2], *lines[4:7]] == [
        r"{}[a] & b \\",
        r"{}* & [ \\",
        r"{} [1] & * \\",
        r"x &  \\",
    ]


def test_columns_of_one_name_survive() -> None:
    """JSON and Parquet tell them apart, by a name that no other column has."""
    rows = Rows(("a", "a", "a_1", "a"), ("INTEGER",) * 4, [(1, 2, 3, 4)])
    expected = {"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}
    assert json.loads(_text(rows, "json")) == [expected]
    assert json.loads(_text(rows, "jsonl")) == expected
    content = render(rows, "parquet")
    assert isinstance(content, bytes)
    assert pl.read_parquet(io.BytesIO(content)).to_dicts() == [expected]
    assert _text(rows, "csv") == "a,a,a_1,a\n1,2,3,4\n"


def test_a_table_is_padded_by_what_is_seen() -> None:
    """Wide characters take two columns, combining and control characters none."""
    names = ["日本", "e\u0301", "\x1b日", "abc"]
    rows = Rows(("数", "n"), ("VARCHAR", "INTEGER"), [(name, 1) for name in names])
    lines = ["数    n", "----  -", "日本  1", "e\u0301     1", "\x1b日    1", "abc   1"]
    assert _text(rows, "table").splitlines() == lines


@pytest.mark.parametrize("fmt", ["table", "markdown", "latex"])
def test_a_value_stays_on_its_line(fmt: str) -> None:
    """No break in a value or a name makes a row of its own."""
    rows = Rows(("a\nb",), ("VARCHAR",), [("c\rd\te\r\nf",)])
    text = _text(rows, fmt)
    assert "a b" in text
    assert "c d e f" in text


def test_only_a_terminal_gets_control_characters_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are data in a pipe and in a file; a table is padded as it is shown."""
    rows = Rows(("a", "b"), ("VARCHAR",) * 2, [("\x1b[31m", "x"), ("\x9b\u202e", "y")])
    put(rows, "csv", tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text() == _text(rows, "csv")
    put(rows, "csv", None)
    assert capsys.readouterr().out == _text(rows, "csv")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    put(rows, "table", None)
    assert capsys.readouterr().out == (
        "a           b\n----------  -\n\\x1b[31m    x\n\\x9b\\u202e  y\n"
    )
