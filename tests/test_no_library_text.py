"""What libraries say of a file stays with them: messages are in our own words."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import zsc_wh
from tests.datasets.made import list_samples
from zsc_wh.declare.toml import parse_toml
from zsc_wh.errors import ConfigError, DataError, SchemaError
from zsc_wh.exchange.readings import read_table
from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.execute import message_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(zsc_wh.__file__).parent


def raw_errors(path: Path) -> Iterator[int]:
    """Yield the lines of a module where a caught error is quoted in an f-string."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for handler in ast.walk(tree):
        if isinstance(handler, ast.ExceptHandler) and handler.name:
            for node in ast.walk(handler):
                if (
                    isinstance(node, ast.FormattedValue)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == handler.name
                ):
                    yield node.lineno


OURS = {"__main__.py"}
"""Where what is caught is an error of this package."""


def test_no_message_quotes_an_error_as_it_is() -> None:
    """A message of a library may hold anything; it is reworded or filtered first."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name not in OURS
        for line in raw_errors(path)
    ]
    assert found == []


TOML = {
    "a = 1\na = 2\n": "a key is given twice",
    "[a]\n[a]": "a table or a key is declared twice",
    "a = {}\na.b = 1\n": "that was closed is added to",
    "a 1": "a key is not followed by '=', at column 3 of: a 1",
    "a = 1 b = 2": "more stands behind a value",
    'a = """x': "a string is not closed by a quotation mark, at the end of the file",
    'a = "x\nb = 1': "a string ends with the line",
    'a = "\\p"': "an escape in a string is unknown",
    "a = b": "strings stand in quotes, at column 5 of: a = b",
    "= 1": "no key or table begins there, at column 1 of: = 1",
    "a = [1": "a list or an inline table is not closed",
    "[a": "the brackets around the name of a table are not closed",
    "a = 2020-13-01": "at column",
    "a \x1b[31m": "a key is not followed by '=', at column 3 of: a ?[31m",
}


@pytest.mark.parametrize(("text", "told"), TOML.items())
def test_faults_of_toml_are_told_with_their_line(
    text: str, told: str, tmp_path: Path
) -> None:
    """What is wrong, where, and the line itself; no terminal obeys it."""
    file = tmp_path / "x.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        parse_toml(file, text)
    assert told in caught.value.what
    assert caught.value.what.isprintable()


WAREHOUSES = {
    b"": "it is empty",
    b"a,b\n1,2\n" * 9: "it is not a DuckDB file",
    b"\0" * 8 + b"DUCK" + b"\xff" * 9000: "it is damaged, or of a newer DuckDB",
}


@pytest.mark.parametrize(("content", "told"), WAREHOUSES.items())
def test_a_file_that_is_no_warehouse_is_told_by_its_content(
    content: bytes, told: str, tmp_path: Path
) -> None:
    """The message says what the file is, in one line without DuckDB's."""
    path = tmp_path / "x.duckdb"
    path.write_bytes(content)
    with pytest.raises(SchemaError) as caught:
        Warehouse(path).run_sql("select 1")
    assert told in caught.value.what
    assert caught.value.hint
    assert "Error" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4" + bytes(99), b"\x1f\x8b\x08" + bytes(99), b"text" * 999]
)
def test_a_file_that_is_no_archive_is_told(content: bytes, tmp_path: Path) -> None:
    """Whatever zipfile, tarfile or gzip say of it."""
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(DataError) as caught:
        list_samples(tmp_path, "folder", path="x.zip")
    assert "archive: it is damaged, cut off, or no archive at all" in caught.value.what


def test_json_is_told_by_its_column(tmp_path: Path) -> None:
    """A line that is not JSON, too deep or too long costs itself alone."""
    file = tmp_path / "x.jsonl"
    file.write_text('{"a": 1}\n{"a" 1}\n' + "[" * 10**5 + "\n" + "1" * 5000 + "\n")
    assert read_table(file).bad == [
        (2, "not JSON, from column 6 on"),
        (3, "not JSON: too many digits, or nested too deeply"),
        (4, "not JSON: too many digits, or nested too deeply"),
    ]


def test_no_terminal_obeys_what_duckdb_says() -> None:
    """DuckDB's words about SQL stay, but for control characters."""
    assert message_of(ValueError("near \x1b[31m\n red.")) == "near ?[31m red"
