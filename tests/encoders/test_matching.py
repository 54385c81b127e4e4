"""Rows of stored features are matched with samples, by id or by position."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from tests.encoders.made import embed_made, features, loader, samples
from zsc_wh.datasets import Digests, Listing
from zsc_wh.encoders import EmbedResult, Samples, match_features, stored
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.encoders.stored import Matched

IDS = ["s3", "s0", "s4", "s1", "s2"]
ROWS = (1, 3, 4, 0, 2)  # of s0 to s4
WHOLE = samples(5, images=False).listing
SUBSET = replace(WHOLE, sample_ids=("s1", "s4"), positions=(1, 4), n_whole=5)


def match(
    base: Path,
    listing: Listing = WHOLE,
    digests: Digests | None = None,
    **given: Any,
) -> Matched:
    declared = loader("embeddings", **{"path": "x.npz", **given})
    matched = match_features(declared, base, "made", listing, digests or Digests())
    assert matched is not None
    return matched


def embed(base: Path, listing: Listing = WHOLE, **given: Any) -> EmbedResult:
    declared = loader("embeddings", **{"path": "x.npz", **given})
    return embed_made(declared, Samples("made", listing, None), None, base)


def in_file(base: Path, ids: list[str]) -> dict[str, Any]:
    np.savez(base / "x.npz", embeddings=features(len(ids)), ids=ids)
    return {"ids": "ids"}


def in_parquet(base: Path, ids: list[str]) -> dict[str, Any]:
    rows = features(len(ids)).tolist()
    pl.DataFrame({"embeddings": rows, "name": ids}).write_parquet(base / "x.pq")
    return {"path": "x.pq", "ids": "name"}


def in_text(base: Path, ids: list[str]) -> dict[str, Any]:
    np.save(base / "x.npy", features(len(ids)))
    text = "\ufeff" + "\r\n".join(ids) + "\r\n"
    (base / "made.txt").write_bytes(text.encode())
    return {"path": "x.npy", "ids_path": "{dataset}.txt"}


def in_array(base: Path, ids: list[str]) -> dict[str, Any]:
    np.save(base / "x.npy", features(len(ids)))
    np.save(base / "ids.npy", ids)
    return {"path": "x.npy", "ids_path": "ids.npy"}


def in_archive(base: Path, ids: list[str]) -> dict[str, Any]:
    np.save(base / "x.npy", features(len(ids)))
    np.savez(base / "ids.npz", names=ids)
    return {"path": "x.npy", "ids_path": "ids.npz", "ids": "names"}


WITH_IDS = pytest.mark.parametrize(
    "save", [in_file, in_parquet, in_text, in_array, in_archive]
)


def digests_of(rows: tuple[int | None, ...]) -> tuple[str | None, ...]:
    """Return what the features of some made rows are known by."""
    return tuple(
        None if row is None else hashlib.sha256(features()[row].tobytes()).hexdigest()
        for row in rows
    )


@WITH_IDS
def test_rows_are_found_by_id(
    save: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Wherever the ids stand, every sample gets the row that has its id."""
    given = save(tmp_path, IDS)
    matched = match(tmp_path, **given)
    assert (matched.rows, matched.missing, matched.surplus) == (ROWS, (), ())
    assert matched.digests == digests_of(ROWS)
    result = embed(tmp_path, **given)
    np.testing.assert_array_equal(result.array, features()[list(ROWS)])


@WITH_IDS
def test_samples_without_features_are_unreadable(
    save: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """They are left out and named; the others keep their rows."""
    given = save(tmp_path, ["s3", "x", "s4", "s1", "y"])
    matched = match(tmp_path, **given)
    assert matched.rows == (None, 3, None, 0, 2)
    assert matched.missing == (0, 2)
    assert matched.digests == digests_of(matched.rows)
    result = embed(tmp_path, **given)
    np.testing.assert_array_equal(result.array, features()[[3, 0, 2]])
    assert [index for index, _ in result.unreadable] == [0, 2]
    assert {why for _, why in result.unreadable} == {
        f"there are no features of it in {given.get('path', 'x.npz')}"
    }


@WITH_IDS
def test_rows_of_no_sample_are_told(
    save: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """More rows than samples are no fault, but are known by their ids."""
    given = save(tmp_path, [*IDS, "z", "a"])
    matched = match(tmp_path, **given)
    assert matched.rows == ROWS
    assert matched.surplus == ("a", "z")
    assert len(embed(tmp_path, **given).array) == 5


@WITH_IDS
def test_subset_takes_its_rows_from_those_of_the_whole(
    save: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """The other rows are not surplus: they are of samples that were not drawn."""
    given = save(tmp_path, [*IDS, "z"])
    matched = match(tmp_path, SUBSET, **given)
    assert (matched.rows, matched.surplus) == ((3, 2), ())
    result = embed(tmp_path, SUBSET, **given)
    np.testing.assert_array_equal(result.array, features(6)[[3, 2]])


@WITH_IDS
@pytest.mark.parametrize("read", [match, embed])
def test_ids_of_other_samples_are_told(
    read: Callable[..., object], save: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Where no id is that of a sample, one of each shows how they differ."""
    given = save(tmp_path, ["0.png", "1.png"])
    with pytest.raises(DataError, match=r"the first id is '0\.png'") as caught:
        read(tmp_path, **given)
    assert "the first sample of 'made' is 's0'" in caught.value.what
    assert "the ids that the dataset lists" in caught.value.hint


@pytest.mark.parametrize(
    ("save", "name"),
    [(in_text, "made.txt"), (in_array, "ids.npy"), (in_archive, "ids.npz")],
)
@pytest.mark.parametrize("listing", [WHOLE, SUBSET])
@pytest.mark.parametrize("n_rows", [4, 6])
def test_ids_that_do_not_name_the_rows_are_told(
    n_rows: int,
    listing: Listing,
    save: Callable[..., dict[str, Any]],
    name: str,
    tmp_path: Path,
) -> None:
    """Ids of another file are one for every row, for a subset as well."""
    given = save(tmp_path, IDS)
    np.save(tmp_path / "x.npy", features(n_rows))
    with pytest.raises(DataError, match=f"5 ids for {n_rows} rows") as caught:
        match(tmp_path, listing, **given)
    assert caught.value.where == str(tmp_path / name)


def test_ids_in_a_file_that_has_none_are_told(tmp_path: Path) -> None:
    """A .npy file holds one array, so its ids lie elsewhere."""
    np.save(tmp_path / "x.npy", features())
    with pytest.raises(DataError, match=r"this is \.npy") as caught:
        match(tmp_path, path="x.npy", ids="ids")
    assert "`ids_path`" in caught.value.hint


@pytest.mark.parametrize("n_rows", [1, 4])
@pytest.mark.parametrize("read", [match, embed])
def test_too_few_rows_name_the_first_sample_without(
    read: Callable[..., object], n_rows: int, tmp_path: Path
) -> None:
    """Without ids nobody knows which rows are missing; it is said from where on."""
    np.save(tmp_path / "x.npy", features(n_rows))
    with pytest.raises(DataError, match=f"{n_rows} rows?.*'made' has 5 sam") as caught:
        read(tmp_path, path="x.npy")
    left = f"the last {5 - n_rows} would have none, from 's{n_rows}' on"
    assert left in caught.value.what
    assert caught.value.where == str(tmp_path / "x.npy")
    assert "`ids_path`" in caught.value.hint


@pytest.mark.parametrize("read", [match, embed])
def test_too_many_rows_are_told(read: Callable[..., object], tmp_path: Path) -> None:
    """Without ids there is no telling which rows are too many."""
    np.save(tmp_path / "x.npy", features(6))
    with pytest.raises(DataError, match=r"6 rows.*'made' has 5 samples") as caught:
        read(tmp_path, path="x.npy")
    assert "would have none" not in caught.value.what
    assert "`ids`" in caught.value.hint


@pytest.mark.parametrize("n_rows", [1, 3, 4, 6])
def test_rows_of_neither_whole_nor_subset_are_told(n_rows: int, tmp_path: Path) -> None:
    """A subset takes its own rows or all of the whole dataset, no other number."""
    np.save(tmp_path / "x.npy", features(n_rows))
    with pytest.raises(DataError, match=f"{n_rows} rows?.*'made' has 2 samples"):
        match(tmp_path, SUBSET, path="x.npy")


@pytest.mark.parametrize(("n_rows", "rows"), [(2, (0, 1)), (5, (1, 4))])
def test_rows_of_a_subset_are_told_by_their_number(
    n_rows: int, rows: tuple[int, ...], tmp_path: Path
) -> None:
    """Without ids a file is that of the subset or of the whole."""
    np.save(tmp_path / "x.npy", features(n_rows))
    assert match(tmp_path, SUBSET, path="x.npy").rows == rows


@pytest.mark.parametrize("given", [{}, {"ids": "ids"}])
def test_features_are_known_by_the_rows_of_the_samples(
    given: dict[str, Any], tmp_path: Path
) -> None:
    """Their order in the file and rows of no sample do not count; a number does."""
    rows = features()[list(ROWS)] if not given else features()
    np.savez(tmp_path / "x.npz", embeddings=rows, ids=IDS)
    np.savez(
        tmp_path / "y.npz",
        embeddings=features(7)[list(ROWS)],
        ids=["s0", "s1", "s2", "s3", "s4"],
    )
    known = match(tmp_path, **given).content_sha256
    assert known == match(tmp_path, path="y.npz").content_sha256
    rows[2, 1] += 1e-3
    np.savez(tmp_path / "z.npz", embeddings=rows, ids=IDS)
    assert match(tmp_path, path="z.npz", **given).content_sha256 != known


@pytest.mark.parametrize("listing", [WHOLE, SUBSET])
@WITH_IDS
def test_read_features_are_those_that_were_matched(
    save: Callable[..., dict[str, Any]], listing: Listing, tmp_path: Path
) -> None:
    """What is read is known by the same content as what was planned."""
    given = save(tmp_path, ["s3", "x", "s4", "s1", "y"])
    matched = match(tmp_path, listing, **given)
    assert embed(tmp_path, listing, **given).features_sha256 == matched.content_sha256


def test_features_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look at a file that did not change reads no feature; ids it does."""
    monkeypatch.setattr("zsc_wh.datasets.digests.YOUNG_NS", -(10**18))
    given = in_text(tmp_path, IDS)
    store = tmp_path / "store"
    first = match(tmp_path, digests=Digests(store), **given)
    monkeypatch.setattr(stored, "row_digests", _refuse)
    assert match(tmp_path, digests=Digests(store), **given) == first
    (tmp_path / "made.txt").write_text("\n".join(IDS[::-1]), encoding="utf-8")
    assert match(tmp_path, digests=Digests(store), **given).rows == (3, 1, 0, 4, 2)


def _refuse(*_: object) -> None:
    message = "features were read"
    raise AssertionError(message)


def test_arrays_of_one_file_are_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Features of another name are not those that were read before."""
    monkeypatch.setattr("zsc_wh.datasets.digests.YOUNG_NS", -(10**18))
    np.savez(tmp_path / "x.npz", a=features(), b=features() + 1)
    known = Digests(tmp_path / "store")
    a, b = (match(tmp_path, digests=known, array=name).digests for name in "ab")
    assert not set(a) & set(b)


def test_absent_file_is_told(tmp_path: Path) -> None:
    """Planning with features that are not there says which file was looked for."""
    with pytest.raises(DataError, match="no such file") as caught:
        match(tmp_path, path="{dataset}.npy")
    assert caught.value.where == str(tmp_path / "made.npy")
    assert "declaring file" in caught.value.hint


@pytest.mark.parametrize("name", ["path", "ids_path"])
def test_unset_variable_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path through an unset variable is a fault of the declaration."""
    np.save(tmp_path / "x.npy", features())
    monkeypatch.delenv("ZSC_FEATURES", raising=False)
    given: dict[str, Any] = {"path": "x.npy", name: "${ZSC_FEATURES}/x.npy"}
    with pytest.raises(ConfigError, match="ZSC_FEATURES"):
        match(tmp_path, **given)
