from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from zsc_wh.datasets.tables import Table, labels_of
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def read_csv(path: Path, *values: str, missing: tuple[str, ...] = ("",)) -> list[Any]:
    """Return the labels in a CSV column."""
    lines = ["path,class", *(f"{row},{value}" for row, value in enumerate(values))]
    (path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    return list(Table(path / "t.csv").labels("class", missing, range(len(values))))


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (("10", "9", "-1"), [10, 9, -1]),
        (("1.0", "", "2."), [1, None, 2]),
        (("01", "1", "2"), ["01", "1", "2"]),
        (("1", "x"), ["1", "x"]),
        (("1.5", "x"), ["1.5", "x"]),
        (("", ""), [None, None]),
        (("1e3", "2"), ["1e3", "2"]),
    ],
)
def test_texts_that_all_are_whole_numbers_are_numbers(
    values: tuple[str, ...], labels: list[Any], tmp_path: Path
) -> None:
    """A CSV column is numbers if all of it is, and keeps leading zeros if not."""
    assert read_csv(tmp_path, *values) == labels


def test_declared_text_does_not_spoil_the_numbers(tmp_path: Path) -> None:
    """What means no label does not make the column one of texts."""
    assert read_csv(tmp_path, "10", "?", missing=("?",)) == [10, None]


@pytest.mark.parametrize("values", [("0.5", "1"), ("1", "-.25")])
def test_csv_fractions_are_told(values: tuple[str, ...], tmp_path: Path) -> None:
    """A column of measurements is no column of labels."""
    with pytest.raises(DataError, match=r"whole numbers, not (0\.5|-\.25)") as caught:
        read_csv(tmp_path, *values)
    assert caught.value.where == f"{tmp_path / 't.csv'}: class"


def test_numbers_are_compared_as_texts(tmp_path: Path) -> None:
    """A number can be declared to mean no label."""
    pl.DataFrame({"class": [3, -1, 1]}).write_parquet(tmp_path / "t.parquet")
    labels = Table(tmp_path / "t.parquet").labels("class", ["-1"], [2, 1, 0])
    assert labels == [1, None, 3]


def test_byte_order_mark_is_not_part_of_a_name(tmp_path: Path) -> None:
    """A CSV file as spreadsheets write it is read."""
    (tmp_path / "t.csv").write_bytes("\ufeffpath\n1.png\n".encode())
    assert Table(tmp_path / "t.csv").texts("path") == ["1.png"]


@pytest.mark.parametrize("value", [[1, 2], b"\xff"])
def test_rows_are_not_chosen_by_what_is_no_text(value: object, tmp_path: Path) -> None:
    """A column that cannot be written as texts is named with its type."""
    pl.DataFrame({"tags": [value]}).write_parquet(tmp_path / "t.parquet")
    table = Table(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"a column of (List|Binary)") as caught:
        table.keep({"tags": ["1"]})
    assert caught.value.where == f"{tmp_path / 't.parquet'}: tags"
    assert "`where`" in caught.value.mend


@pytest.mark.parametrize(
    ("series", "labels"),
    [
        (pl.Series(["10", "9", None]), ["10", "9", None]),
        (pl.Series([10, 9, None], dtype=pl.Int8), [10, 9, None]),
        (pl.Series([1.0, None, float("nan")]), [1, None, None]),
        (pl.Series([True, False, None]), ["true", "false", None]),
        (pl.Series(["a", None], dtype=pl.Categorical), ["a", None]),
        (pl.Series([None, None]), [None, None]),
    ],
)
def test_typed_columns_keep_their_type(series: pl.Series, labels: list[Any]) -> None:
    """Texts stay texts, whole floats are integers, NULL and NaN are no label."""
    assert labels_of(series, "x") == labels


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (pl.Series([1.0, 0.5]), "whole numbers, not 0.5"),
        (pl.Series([float("inf")]), "whole numbers, not inf"),
        (pl.Series([1e300]), r"whole numbers, not 1e\+300"),
        (pl.Series([-(2.0**63)]), r"whole numbers, not -9\.2"),
        (pl.Series([[1], [2]]), "not List"),
        (pl.Series([date(2020, 1, 1)]), "not Date"),
    ],
)
def test_other_columns_are_no_labels(series: pl.Series, message: str) -> None:
    """What is neither text nor whole number is refused."""
    with pytest.raises(DataError, match=message) as caught:
        labels_of(series, "t.parquet: class")
    assert caught.value.where == "t.parquet: class"
