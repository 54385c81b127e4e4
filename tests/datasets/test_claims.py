"""Files whose headers claim what they do not hold: told at once, without the memory."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import scipy.io

from tests.datasets.made import CIFAR, list_samples, make_cifar, make_idx, make_svhn
from zsc_wh.datasets import claims, quiet_pillow
from zsc_wh.datasets.decoding import MOST_PIXELS, decode, header_side
from zsc_wh.errors import DataError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANY = 10**9
MOST_MEMORY = 1 << 25

Case = dict[str, Any]


def _npy(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    """Return the header of an array, and a few bytes of it."""
    header = io.BytesIO()
    fields = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, fields)
    return header.getvalue() + bytes(64)


def _npz(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def _long_npy(base: Path) -> Case:
    (base / "x.npy").write_bytes(_npy((MANY, 8)))
    return {"kind": "embeddings", "path": "x.npy", "labels": "none"}


def _wide_nothing(base: Path) -> Case:
    (base / "x.npy").write_bytes(_npy((MANY, 0)))
    return {"kind": "embeddings", "path": "x.npy", "labels": "none"}


def _long_member(base: Path) -> Case:
    _npz(base / "x.npz", embeddings=_npy((MANY, 8)))
    return {"kind": "embeddings", "path": "x.npz", "labels": "none"}


def _long_labels(base: Path) -> Case:
    _npz(base / "x.npz", embeddings=_npy((4, 4)), y_true=_npy((MANY,), "<i8"))
    return {"kind": "embeddings", "path": "x.npz"}


def _labels_without_a_size(base: Path) -> Case:
    _npz(base / "x.npz", embeddings=_npy((4, 4)), y_true=_npy((MANY,), "<U0"))
    return {"kind": "embeddings", "path": "x.npz"}


def _false_directory(base: Path) -> Case:
    """Let the directory of the archive tell of what the header claims."""
    _npz(base / "x.npz", embeddings=_npy((MANY, 1), "|i1"))
    content = bytearray((base / "x.npz").read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\1\2") + 24, MANY + 128)
    (base / "x.npz").write_bytes(content)
    return {"kind": "embeddings", "path": "x.npz", "labels": "none"}


def _equal_rows(base: Path) -> Case:
    rows = pl.select(y=pl.repeat(0, 2**24, dtype=pl.Int8), e_0=pl.lit(0.0))
    rows.write_parquet(base / "x.parquet", row_group_size=2**24)
    return {"kind": "embeddings", "path": "x.parquet", "array": "e", "labels": "y"}


def _equal_table(base: Path) -> Case:
    rows = pl.select(path=pl.repeat("a.png", 2**24))
    rows.write_parquet(base / "x.parquet", row_group_size=2**24)
    return {"kind": "manifest", "path": "x.parquet"}


def _idx(base: Path, pack: Callable[[bytes], bytes]) -> Case:
    make_idx(base)
    suffix = ".gz" if pack is gzip.compress else ""
    for file in base.glob("*.gz"):
        header = gzip.decompress(file.read_bytes())[:16]
        header = header[:4] + struct.pack(">I", MANY) + header[8:]
        file.unlink()
        file.with_name(file.stem + suffix).write_bytes(pack(header))
    return {"kind": "idx", "path": "."}


def _long_idx(base: Path) -> Case:
    return _idx(base, bytes)


def _long_packed_idx(base: Path) -> Case:
    return _idx(base, gzip.compress)


def _high_memo(base: Path) -> Case:
    make_cifar(base)
    # keeps an empty dictionary as the thing of that number
    (base / "first").write_bytes(b"\x80\x02}r" + struct.pack("<I", 10**8) + b".")
    return {"kind": "batches", "path": ".", **CIFAR}


def _rows_of_nothing(base: Path) -> Case:
    make_cifar(base)
    content = {key: np.empty((MANY, 0)) for key in CIFAR["name_keys"]}
    (base / "meta").write_bytes(pickle.dumps(content, protocol=2))
    return {"kind": "batches", "path": ".", **CIFAR}


def _cells(base: Path) -> Case:
    made = np.array([["a", 1, 2]], dtype=object)
    scipy.io.savemat(base / "x.mat", {"X": made, "y": np.zeros(3)})
    content = (base / "x.mat").read_bytes()
    assert content.count(struct.pack("<ii", 1, 3)) == 2
    many = content.replace(struct.pack("<ii", 1, 3), struct.pack("<ii", 1, MANY), 1)
    (base / "x.mat").write_bytes(many)
    return {"kind": "mat", "path": "x.mat"}


def _long_mat(base: Path) -> Case:
    make_svhn(base / "x.mat")
    content = (base / "x.mat").read_bytes()
    length = struct.unpack_from("<I", content, 132)[0]
    element = zlib.decompress(content[136 : 136 + length])
    sizes = struct.pack("<iiii", 2, 3, 3, 5)
    element = element.replace(sizes, struct.pack("<iiii", 2, 3, 3, MANY))
    packed = zlib.compress(element)
    packed = content[:132] + struct.pack("<I", len(packed)) + packed
    (base / "x.mat").write_bytes(packed + content[136 + length :])
    return {"kind": "mat", "path": "x.mat"}


CASES: dict[Callable[[Path], Case], tuple[str, str]] = {
    _long_npy: ("x.npy", "says 1000000000 x 8 items of 4 bytes .* there are 64"),
    _wide_nothing: ("x.npy", r"not of shape \(1000000000, 0\)"),
    _long_member: ("x.npz", "says 1000000000 x 8 items of 4 bytes .* there are 64"),
    _long_labels: ("x.npz", "says 1000000000 items of 8 bytes"),
    _labels_without_a_size: ("x.npz", "says 1000000000 items of 0 bytes"),
    _false_directory: ("x.npz", "would unpack from .* to 1000000128 bytes"),
    _equal_rows: ("x.parquet", "says 16,777,216 rows, and the file has"),
    _equal_table: ("x.parquet", "says 16,777,216 rows, and the file has"),
    _long_idx: ("t10k-images", "says 1000000000 x 3 x 4 = .* there are 0"),
    _long_packed_idx: ("t10k-images", "would unpack from .* to 12000000000 bytes"),
    _high_memo: ("first", "not a pickle of numbers and strings alone"),
    _rows_of_nothing: ("meta", "not a pickle of numbers and strings alone"),
    _cells: ("x.mat", "'X' holds cell, not numbers"),
    _long_mat: ("x.mat", "would unpack from .* to 18000000000 bytes"),
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__.strip("_"))
def test_a_false_header_is_told_and_takes_no_memory(
    make: Callable[[Path], Case], tmp_path: Path
) -> None:
    """File, what its header says and what it holds are told; nothing is allocated."""
    case = make(tmp_path)
    file, message = CASES[make]
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message) as caught:
            list_samples(tmp_path, case.pop("kind"), **case)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.where.startswith(str(tmp_path / file))
    assert caught.value.hint
    assert peak < MOST_MEMORY


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_a_packed_tar_does_not_swell_without_end(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb is left where it grows beyond all proportion, with what to do."""
    monkeypatch.setattr(claims, "_UNPACKED_FREE", 1 << 20)
    with tarfile.open(tmp_path / f"x.tar.{suffix}", f"w:{suffix}") as tar:  # type: ignore[call-overload]
        header = tarfile.TarInfo("a.bmp")
        header.size = 1 << 25
        tar.addfile(header, io.BytesIO(bytes(header.size)))
    with pytest.raises(DataError, match="would unpack from") as caught:
        list_samples(tmp_path, "folder", path=f"x.tar.{suffix}")
    assert caught.value.where == str(tmp_path / f"x.tar.{suffix}")
    assert "unpack it yourself" in caught.value.hint


def test_a_packed_table_does_not_swell_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is no other kind of file."""
    monkeypatch.setattr(claims, "_UNPACKED_FREE", 1 << 20)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"path\n" + b"a" * (1 << 24)))
    with pytest.raises(DataError, match="would unpack from") as caught:
        list_samples(tmp_path, "manifest", path="x.csv.gz")
    assert caught.value.where == str(tmp_path / "x.csv.gz")


def test_what_unpacks_far_is_read_as_long_as_it_is_small(tmp_path: Path) -> None:
    """Labels and drawings pack well; only what could fill a machine is refused."""
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        header = tarfile.TarInfo("a.bmp")
        header.size = 1 << 24
        tar.addfile(header, io.BytesIO(bytes(header.size)))
    listing = list_samples(tmp_path, "folder", path="x.tar.gz")
    assert listing.sizes == (1 << 24,)


def _png(side: int) -> bytes:
    """Return the header of a black and white image, and no pixels."""
    fields = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunk = b"IHDR" + fields
    packed = zlib.compress(bytes(9))
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(fields))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", len(packed))
        + b"IDAT"
        + packed
        + struct.pack(">I", zlib.crc32(b"IDAT" + packed))
    )


def test_a_giant_image_is_left_out_by_its_header() -> None:
    """The size is checked before a pixel is decoded, and the limit is told."""
    assert MOST_PIXELS == 10_000**2
    with quiet_pillow():
        for side in (10_001, 20_000):
            content, told = _png(side), "more than 100 megapixels"
            with pytest.raises(UnreadableError, match=told) as caught:
                decode(content, "x")
            with pytest.raises(UnreadableError, match=told):
                header_side(io.BytesIO(content), "x")
            assert caught.value.hint == "Make it smaller, or remove it."
        with pytest.raises(UnreadableError, match="cut off"):
            decode(_png(10_000), "x")
