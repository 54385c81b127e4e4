from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from zsc_wh.cli.options import FORMATS
from zsc_wh.cli.output import put, render
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
