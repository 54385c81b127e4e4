from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from zsc_wh import installed
from zsc_wh.datasets.sources import ArrayFile
from zsc_wh.errors import DataError, MissingExtraError
from zsc_wh.installed import install_command

if TYPE_CHECKING:
    from collections.abc import Callable
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
    assert "float32" in caught.value.hint


def test_absent_tensor_is_named_with_those_there_are(tmp_path: Path) -> None:
    """A wrong name is answered with the right ones."""
    save_file({"e": torch.zeros(2, 2)}, tmp_path / "x")
    file = ArrayFile(tmp_path / "x")
    with pytest.raises(DataError, match="no array 'f'") as caught:
        file.read("f")
    assert caught.value.hint == "It has: e."


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
        installed, "find_spec", lambda name: None if name == package else name
    )
    with pytest.raises(MissingExtraError, match=package) as caught:
        ArrayFile(tmp_path / "x").read("e")
    assert install_command("ingest") in caught.value.hint


def _torch(path: Path) -> None:
    torch.save({"e": torch.zeros(2)}, path)


def _old_torch(path: Path) -> None:
    torch.save({"e": torch.zeros(2)}, path, _use_new_zipfile_serialization=False)


def _workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "")


def _bytes(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


FOREIGN: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "torch": (_torch, "a PyTorch checkpoint", "tensor.numpy()"),
    "old torch": (_old_torch, "a PyTorch checkpoint", "tensor.numpy()"),
    "HDF5": (_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99)), "an HDF5 file", "h5py"),
    "MATLAB 5": (_bytes(b"MATLAB 5.0 MAT-file"), "a MATLAB file", "loadmat"),
    "MATLAB 7.3": (
        _bytes(bytes(512) + b"\x89HDF\r\n\x1a\n"),
        "a MATLAB file",
        "h5py",
    ),
    "pickle": (_bytes(pickle.dumps([1])), "a pickle", "if you trust it"),
    "text": (_bytes("1.0,2.0\n\u00fc".encode()), "text", "numpy.loadtxt"),
    "empty": (_bytes(b""), "the file is empty", "another file"),
    "workbook": (_workbook, "an Excel workbook", "CSV"),
    "noise": (_bytes(b"\0\xff\0\xff"), "of no kind known", "numpy.savez"),
}


@pytest.mark.parametrize(("write", "seems", "hint"), FOREIGN.values(), ids=FOREIGN)
def test_other_file_is_told_by_what_it_seems_to_be(
    write: Callable[[Path], None], seems: str, hint: str, tmp_path: Path
) -> None:
    """The message is about the file, not about the library that tried to read it."""
    path = tmp_path / "features.npy"
    write(path)
    with pytest.raises(
        DataError, match=f"cannot be read as arrays: .*{seems}"
    ) as caught:
        ArrayFile(path)
    assert hint in caught.value.hint
    assert "allow_pickle" not in str(caught.value)


def test_labels_of_any_width_are_read(tmp_path: Path) -> None:
    """Short floats, foreign orders of bytes and large numbers are labels too."""
    for array in (
        np.array([1, 2], np.float16),
        np.array([1, 2], ">f8"),
        np.array([1, 2], ">i4"),
        np.array([1, 2], np.uint8),
        np.array([1, 2], np.longdouble),
    ):
        np.save(tmp_path / "y.npy", array)
        assert list(ArrayFile(tmp_path / "y.npy").labels("y")) == [1, 2]
    np.save(tmp_path / "y.npy", np.array([2**63 + 1], np.uint64))
    assert list(ArrayFile(tmp_path / "y.npy").labels("y")) == [2**63 + 1]
    np.save(tmp_path / "y.npy", np.zeros(0, int))
    assert list(ArrayFile(tmp_path / "y.npy").labels("y")) == []
