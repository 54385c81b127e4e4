from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.exchange.readings import read_table

if TYPE_CHECKING:
    from pathlib import Path


def _file(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    (tmp_path / name).write_text(text, encoding=encoding)
    return tmp_path / name


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    """A text may go over several lines; its row has the number of the first."""
    read = read_table(_file(tmp_path, "a.csv", 'a,b\n1,"x\ny"\n2,z\n'))
    assert [(line.number, line.texts["b"]) for line in read.lines] == [
        (2, "x\ny"),
        (4, "z"),
    ]


def test_a_row_of_another_length_is_bad(tmp_path: Path) -> None:
    """It does not stop the others, and an empty line is none."""
    read = read_table(_file(tmp_path, "a.csv", "a,b\n1\n\n1,2\n"))
    assert read.bad == [(2, "1 fields instead of 2")]
    assert len(read.lines) == 1


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    """Spreadsheets write one."""
    read = read_table(_file(tmp_path, "a.csv", "a,b\n1,2\n", "utf-8-sig"))
    assert read.columns == ("a", "b")


def test_nested_objects_give_dotted_columns(tmp_path: Path) -> None:
    """As trackers keep settings and results apart."""
    text = '{"config": {"model": "a", "zscore": true}, "AMI": NaN, "n": null}\n'
    (line,) = read_table(_file(tmp_path, "a.jsonl", text)).lines
    assert line.texts == {
        "config.model": "a",
        "config.zscore": "true",
        "AMI": "NaN",
        "n": "",
    }


def test_a_line_that_is_no_object_is_bad(tmp_path: Path) -> None:
    """Each with the reason."""
    read = read_table(_file(tmp_path, "a.jsonl", '{"a": 1}\n[1]\n\n{"a"\n'))
    assert [number for number, _ in read.bad] == [2, 4]
    assert read.bad[0][1] == "not a JSON object"


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("a.csv", "a,b,a\n1,2,3\n", "two columns named 'a'"),
        ("a.csv", "a,b\n", "there are no rows"),
        ("a.csv", "a,b\n1,\x00\n" + '"' + "x" * 200_000, "is not CSV"),
    ],
)
def test_a_table_that_cannot_be_used(
    tmp_path: Path, name: str, text: str, match: str
) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(DataError, match=match):
        read_table(_file(tmp_path, name, text))


def test_a_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Names would be garbled."""
    with pytest.raises(DataError, match="not UTF-8"):
        read_table(_file(tmp_path, "a.csv", "é,b\n1,2\n", "latin-1"))


@pytest.mark.parametrize("name", ["a.parquet", "absent.csv"])
def test_a_file_that_is_no_table(tmp_path: Path, name: str) -> None:
    """By its ending, or because it is not there."""
    with pytest.raises(ConfigError, match=r"neither a folder|cannot be read"):
        read_table(tmp_path / name)
