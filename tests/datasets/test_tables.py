from __future__ import annotations

import gzip
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from zsc_wh.datasets.labels import labels_of
from zsc_wh.datasets.sources import ArrayFile
from zsc_wh.datasets.tables import Table
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
        (("True", "FALSE", ""), ["true", "false", None]),
        (("True", "yes"), ["True", "yes"]),
        (("nan", "1"), ["nan", "1"]),
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
    """A column of measurements is not a column of labels."""
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
    assert "`where`" in caught.value.hint


@pytest.mark.parametrize(
    ("series", "labels"),
    [
        (pl.Series(["10", "9", None]), ["10", "9", None]),
        (pl.Series([10, 9, None], dtype=pl.Int8), [10, 9, None]),
        (pl.Series([1.0, None, float("nan")]), [1, None, None]),
        (pl.Series([True, False, None]), ["true", "false", None]),
        (pl.Series(["a", None], dtype=pl.Categorical), ["a", None]),
        (pl.Series([None, None]), [None, None]),
        (pl.Series([b"a", None]), ["a", None]),
        (pl.Series(["", "nan", "NA"]), [None, "nan", "NA"]),
        (pl.Series([1, 2], dtype=pl.Decimal(9, 2)), [1, 2]),
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
        (pl.Series([b"\xff"]), "not text in UTF-8"),
        (pl.Series([date(2020, 1, 1)]), "not Date"),
    ],
)
def test_other_columns_are_no_labels(series: pl.Series, message: str) -> None:
    """What is neither text nor whole number is refused."""
    with pytest.raises(DataError, match=message) as caught:
        labels_of(series, "t.parquet: class")
    assert caught.value.where == "t.parquet: class"


SAME: dict[str, tuple[list[Any], list[Any]]] = {
    "whole floats": ([1.0, float("nan"), -2.0], [1, None, -2]),
    "truth values": ([True, False, True], ["true", "false", "true"]),
    "bytes": ([b"owl", b"", b"bee"], ["owl", None, "bee"]),
    "texts": (["nan", "", "None"], ["nan", None, "None"]),
    "numbers": ([3, -1, 0], [3, -1, 0]),
}


@pytest.mark.parametrize(("values", "labels"), SAME.values(), ids=SAME)
def test_labels_mean_the_same_in_every_file(
    values: list[Any], labels: list[Any], tmp_path: Path
) -> None:
    """An array, a Parquet column and a CSV column of the same give the same labels."""
    np.savez(tmp_path / "x.npz", y=np.array(values))
    pl.DataFrame({"y": values}).write_parquet(tmp_path / "x.parquet")
    texts = [value.decode() if isinstance(value, bytes) else value for value in values]
    frame = pl.DataFrame({"row": [0, 1, 2], "y": texts}).fill_nan(None)
    frame.write_csv(tmp_path / "x.csv")
    found = {
        name: list(ArrayFile(tmp_path / name).labels("y"))
        for name in ("x.npz", "x.parquet")
    }
    for name in ("x.parquet", "x.csv"):
        found[f"table {name}"] = list(
            Table(tmp_path / name).labels("y", [""], range(3))
        )
    assert found == dict.fromkeys(found, labels)


def test_declared_number_is_found_however_it_is_written(tmp_path: Path) -> None:
    """``-1.0`` in a CSV file is the number that means no label."""
    assert read_csv(tmp_path, "1.0", "-1.0", missing=("-1",)) == [1, None]


@pytest.mark.parametrize("name", ["t.TSV", "t.Tab", "t.tsv.gz", "T.TSV.GZ"])
def test_suffix_tells_tabs_in_any_case(name: str, tmp_path: Path) -> None:
    """A name in capitals means the same."""
    content = b"path\tclass\n1.png\tx,y\n"
    packed = gzip.compress(content) if name.lower().endswith("gz") else content
    (tmp_path / name).write_bytes(packed)
    assert Table(tmp_path / name).labels("class", [""], [0]) == ["x,y"]


def test_only_a_column_that_is_asked_for_must_be_one(tmp_path: Path) -> None:
    """Two columns of a name are refused when it is asked for, and not before."""
    (tmp_path / "t.csv").write_text("path,class,class\n1.png,a,b\n")
    table = Table(tmp_path / "t.csv")
    assert table.texts("path") == ["1.png"]
    with pytest.raises(DataError, match="two columns are named 'class'") as caught:
        table.labels("class", [""], [0])
    assert caught.value.where == str(tmp_path / "t.csv")


TEXT_FAULTS: dict[str, tuple[bytes, str, str]] = {
    "semicolons": (b"path;class\n1;a\n", "by semicolons, not by commas", "with commas"),
    "tabs": (b"path\tclass\n1\ta\n", "by tabs, not by commas", "as .tsv"),
    "UTF-16": ("path,class\n1,a\n".encode("utf-16"), "in UTF-16", "CSV UTF-8"),
    "no mark": ("path,class\n1,a\n".encode("utf-16-le"), "in UTF-16", "CSV UTF-8"),
    "Latin-1": (b"path,class\n1,a\n2,\xfc\n", "line 3 is not UTF-8", "CSV UTF-8"),
    "long": (b'path,class\n"1\n",a\n\n2,a,b\n', "line 5 has 3 fields", "Complete"),
    "short": (b"path,class\n1,a\n2\n", "line 3 has 1 field,", "Complete"),
    "quote": (b'path,class\n1,a\n2,"b\n3,c\n', "begins on line 3", "Close it"),
    "empty": (b"\n", "the file is empty", "header"),
    "workbook": (b"\xd0\xcf\x11\xe0\0\0", "an Excel workbook", "CSV UTF-8"),
    "bytes": (b"\x01\0\x02\x03", "of no kind known", "Parquet"),
    "half gzip": (gzip.compress(b"path\n1\n")[:-9], "damaged", "again"),
}


@pytest.mark.parametrize(
    ("content", "message", "hint"), TEXT_FAULTS.values(), ids=TEXT_FAULTS
)
def test_text_that_is_no_table_is_told(
    content: bytes, message: str, hint: str, tmp_path: Path
) -> None:
    """What is wrong is named with its line, and with what to do."""
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(
        DataError, match=f"cannot be read as a table.*{message}"
    ) as caught:
        Table(tmp_path / "t.csv")
    assert caught.value.where == str(tmp_path / "t.csv")
    assert hint in caught.value.hint


def test_rows_know_their_line(tmp_path: Path) -> None:
    """A row that is chosen is still named by its line in the file."""
    text = 'path,class\n"1\n.png",a\n\n2.png,b\n3.png,b\n'
    (tmp_path / "t.csv").write_text(text)
    table = Table(tmp_path / "t.csv")
    assert [table.line(row) for row in range(3)] == ["line 2", "line 5", "line 6"]
    assert table.keep({"class": ["b"]}).line(1) == "line 6"
    assert table.texts("path") == ["2.png", "3.png"]
