from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.encoders.made import embed_made, features, loader, samples
from zsc_wh.datasets import Listing
from zsc_wh.encoders import Samples
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

IDS = ["s3", "s0", "s4", "s1", "s2"]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_floats_of_any_kind_become_float32(
    dtype: str, order: Any, tmp_path: Path
) -> None:
    """Features of other precision, byte order or layout come out as float32 rows."""
    stored = np.array(features(), dtype=dtype, order=order)
    np.save(tmp_path / "x.npy", stored)
    declared = loader("embeddings", path="x.npy")
    result = embed_made(declared, samples(5, images=False), None, tmp_path)
    np.testing.assert_array_equal(result.array, stored.astype(np.float32))
    assert result.array.dtype == np.dtype(np.float32)
    assert result.weights_sha256 is None
    assert result.unreadable == ()


def test_small_features_of_float32_are_taken(tmp_path: Path) -> None:
    """No digit is lost that the file has."""
    stored = features() * np.float32(1e-42)
    np.save(tmp_path / "x.npy", stored)
    declared = loader("embeddings", path="x.npy")
    result = embed_made(declared, samples(5, images=False), None, tmp_path)
    np.testing.assert_array_equal(result.array, stored)
    assert result.array.any()


def test_rows_are_found_by_id(tmp_path: Path) -> None:
    """With ids the rows are brought into the order of the samples."""
    np.savez(tmp_path / "x.npz", embeddings=features(), ids=IDS)
    declared = loader("embeddings", path="x.npz", ids="ids")
    result = embed_made(declared, samples(5, images=False), None, tmp_path)
    np.testing.assert_array_equal(result.array, features()[[1, 3, 4, 0, 2]])


@pytest.mark.parametrize("ids", [False, True])
def test_rows_of_a_subset_are_taken(ids: bool, tmp_path: Path) -> None:
    """A file of the whole dataset serves a subset of it, by position or by id."""
    np.savez(tmp_path / "x.npz", embeddings=features(), ids=IDS)
    wanted = ("s0", "s2") if ids else ("row 1", "row 4")
    listing = Listing(wanted, (0, 0), positions=(1, 4), n_whole=5)
    declared = {**loader("embeddings", path="x.npz"), "ids": "ids" if ids else None}
    result = embed_made(declared, Samples("made", listing, None), None, tmp_path)
    np.testing.assert_array_equal(result.array, features()[[1, 4]])


def test_rows_of_the_subset_alone_are_taken(tmp_path: Path) -> None:
    """A file that has just the rows of a subset is in its order."""
    np.save(tmp_path / "x.npy", features(2))
    listing = Listing(("b", "e"), (0, 0), positions=(1, 4), n_whole=5)
    declared = loader("embeddings", path="x.npy")
    result = embed_made(declared, Samples("made", listing, None), None, tmp_path)
    np.testing.assert_array_equal(result.array, features(2))


def test_path_holds_the_name_of_the_dataset(tmp_path: Path) -> None:
    """One declaration serves many datasets."""
    np.save(tmp_path / "made__x.npy", features())
    np.save(tmp_path / "other__x.npy", features() + 1)
    declared = loader("embeddings", path="{dataset}__x.npy")
    result = embed_made(declared, samples(5, images=False), None, tmp_path)
    np.testing.assert_array_equal(result.array, features())


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "too few rows": ({"embeddings": features(4)}, {}, "4 rows.*'made' has 5 samples"),
    "too many rows": ({"embeddings": features(6)}, {}, "6 rows.*'made' has 5 samples"),
    "double id": (
        {"embeddings": features(), "ids": ["s0"] * 5},
        {"ids": "ids"},
        "'s0' occurs more than once",
    ),
    "fewer ids": (
        {"embeddings": features(), "ids": IDS[:4]},
        {"ids": "ids"},
        "4 ids for 5 rows",
    ),
    "no such array": ({"features": features()}, {}, "no array 'embeddings'"),
    "one dimension": ({"embeddings": np.ones(5, "f4")}, {}, r"of shape \(5,\)"),
    "no columns": ({"embeddings": np.ones((5, 0), "f4")}, {}, r"of shape \(5, 0\)"),
    "whole numbers": ({"embeddings": np.ones((5, 2), int)}, {}, "not int64 of shape"),
    "nan": (
        {"embeddings": np.where(np.arange(15).reshape(5, 3) < 4, np.nan, 1.0)},
        {},
        "2 of 5 rows hold values that are not finite",
    ),
    "infinite": (
        {"embeddings": np.where(np.arange(15).reshape(5, 3) < 1, np.inf, 1.0)},
        {},
        "1 of 5 rows",
    ),
    "too large": ({"embeddings": np.full((5, 2), 1e300)}, {}, "5 of 5 rows"),
    "too small": (
        {"embeddings": np.full((5, 2), 1e-40)},
        {},
        "the largest of the features is 1e-40: too small for float32",
    ),
    "vanishing": ({"embeddings": np.full((5, 2), 1e-60)}, {}, "is 1e-60: too small"),
}


@pytest.mark.parametrize(("arrays", "given", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told(
    arrays: dict[str, Any], given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Features that do not fit the dataset are an error with file and remedy."""
    np.savez(tmp_path / "x.npz", **arrays)
    declared = loader("embeddings", path="x.npz", **given)
    wanted = samples(5, images=False)
    with pytest.raises(DataError, match=message) as caught:
        embed_made(declared, wanted, None, tmp_path)
    assert caught.value.where.startswith(str(tmp_path / "x.npz"))
    assert caught.value.hint


@pytest.mark.parametrize("ids", [["x", *IDS], IDS[1:3]], ids=["more", "fewer"])
def test_ids_that_do_not_name_the_rows_are_told(ids: list[str], tmp_path: Path) -> None:
    """One too many may pick no row, one too few another's, also for a subset."""
    np.savez(tmp_path / "x.npz", embeddings=features(), ids=ids)
    declared = loader("embeddings", path="x.npz", ids="ids")
    listing = Listing(("s0", "s4"), (0, 0), positions=(1, 4), n_whole=5)
    wanted = Samples("made", listing, None)
    with pytest.raises(DataError, match=f"{len(ids)} ids for 5 rows") as caught:
        embed_made(declared, wanted, None, tmp_path)
    assert caught.value.where == f"{tmp_path / 'x.npz'}: ids"
