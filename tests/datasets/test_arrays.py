from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from zsc_wh.datasets import arrays
from zsc_wh.datasets.sources import ArrayFile
from zsc_wh.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path


def table(path: Path, **columns: Any) -> ArrayFile:
    pl.DataFrame(columns).write_parquet(path / "x")
    return ArrayFile(path / "x")


@pytest.mark.parametrize("kind", [pl.List(pl.Float32), pl.Array(pl.Float32, 2)])
def test_parquet_lists_are_rows(kind: pl.DataType, tmp_path: Path) -> None:
    """A column of lists of one length is an array; the file is told by content."""
    rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    file = table(tmp_path, e=pl.Series(rows, dtype=kind), label=[1, 2, 3])
    array = file.read("e")
    assert file.names == ("e", "label")
    assert (file.shape("e"), file.shape("label")) == ((3, 2), (3,))
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, rows)


@pytest.mark.parametrize("prefix", ["e_", "e"])
def test_parquet_numbered_columns_are_an_array(prefix: str, tmp_path: Path) -> None:
    """Columns come in the order of their numbers, ten after nine."""
    columns = {f"{prefix}{i}": [float(i), -float(i)] for i in reversed(range(11))}
    file = table(tmp_path, **columns, e_mail=["a", "b"])
    assert file.shape("e") == (2, 11)
    np.testing.assert_array_equal(file.read("e"), [np.arange(11.0), -np.arange(11.0)])


PARQUET_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "ragged": ({"e": [[1.0], [1.0, 2.0]]}, "not of one length"),
    "absent row": ({"e": [[1.0], None]}, "not of one length|without gaps"),
    "gap in the numbers": ({"e_0": [1.0], "e_2": [1.0]}, "there is no 'e_1'"),
    "absent": ({"features": [1.0]}, "no array 'e'"),
    "texts": ({"e": [["a"], ["b"]]}, "must be of numbers"),
}


@pytest.mark.parametrize(
    ("columns", "message"), PARQUET_FAULTS.values(), ids=PARQUET_FAULTS
)
def test_parquet_that_is_no_array_is_told(
    columns: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Features that have gaps or no common length are refused."""
    file = table(tmp_path, **columns)
    with pytest.raises(DataError, match=message) as caught:
        file.read("e")
    assert caught.value.where.startswith(str(tmp_path / "x"))


def test_parquet_gaps_are_no_numbers(tmp_path: Path) -> None:
    """A NULL among the features is never read as a sound number."""
    file = table(tmp_path, e=pl.Series([[1.0, None]], dtype=pl.Array(pl.Float64, 2)))
    assert np.isnan(file.read("e")[0, 1])


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_safetensors_floats_become_float32(kind: torch.dtype, tmp_path: Path) -> None:
    """Features of 16 bits come back as numbers that everything can use."""
    rows = torch.tensor([[1.0, -2.5], [0.125, 3.0], [0.0, 4.0]])
    save_file({"e": rows.to(kind), "y": torch.arange(3)}, tmp_path / "x")
    file = ArrayFile(tmp_path / "x")
    array = file.read("e")
    assert sorted(file.names) == ["e", "y"]
    assert file.shape("e") == (3, 2)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, rows.numpy())
    assert list(file.labels("y")) == [0, 1, 2]


def test_safetensors_type_that_numpy_lacks_is_told(tmp_path: Path) -> None:
    """Features of 8 bits are refused by name."""
    save_file({"e": torch.zeros(2, 2).to(torch.float8_e4m3fn)}, tmp_path / "x")
    file = ArrayFile(tmp_path / "x")
    with pytest.raises(DataError, match="the array is of F8_E4M3") as caught:
        file.read("e")
    assert caught.value.where == f"{tmp_path / 'x'}: e"
    assert "float32" in caught.value.mend


def test_absent_tensor_is_named_with_those_there_are(tmp_path: Path) -> None:
    """A wrong name is answered with the right ones."""
    save_file({"e": torch.zeros(2, 2)}, tmp_path / "x")
    file = ArrayFile(tmp_path / "x")
    with pytest.raises(DataError, match="no array 'f'") as caught:
        file.read("f")
    assert caught.value.mend == "It has: e."


@pytest.mark.parametrize(
    ("package", "kind"), [("safetensors", torch.float32), ("torch", torch.bfloat16)]
)
def test_package_that_is_not_installed_is_named(
    package: str,
    kind: torch.dtype,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who lacks what reads such a file is told what to install."""
    save_file({"e": torch.zeros(2, 2, dtype=kind)}, tmp_path / "x")
    monkeypatch.setattr(
        arrays, "find_spec", lambda name: None if name == package else name
    )
    with pytest.raises(MissingExtraError, match=package) as caught:
        ArrayFile(tmp_path / "x").read("e")
    assert 'pip install "zscwh[ingest]"' in caught.value.mend
