from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zsc_wh.errors import DataError, StoreError
from zsc_wh.store import Store
from zsc_wh.work import provenance

if TYPE_CHECKING:
    from pathlib import Path

KEY = "ab" + "0" * 62


def _rows(sha256: str) -> dict[str, list[dict[str, Any]]]:
    return {"embedding": [{"sha256": sha256, "created_at": provenance.now()}]}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_put_comes_back(store: Store, dtype: str) -> None:
    """Values, type and note survive; the array is mapped, not read."""
    array = np.arange(6, dtype=dtype).reshape(3, 2)
    put = store.put(KEY, array, _rows)
    loaded = store.load(KEY)
    assert isinstance(loaded, np.memmap)
    assert loaded.dtype == dtype
    assert np.array_equal(loaded, array)
    assert store.note(KEY) == put
    assert put.shape == (3, 2)


def test_an_array_that_is_not_contiguous_is_stored_by_its_values(store: Store) -> None:
    """A view is stored as the matrix that it shows."""
    array = np.arange(12, dtype=np.float32).reshape(4, 3).T[:, ::2]
    store.put(KEY, array, _rows)
    assert np.array_equal(store.load(KEY), array)


@pytest.mark.parametrize("position", [0, -1], ids=["header", "data"])
def test_a_flipped_bit_is_noticed(store: Store, position: int) -> None:
    """The sha256 covers the whole file."""
    put = store.put(KEY, np.ones((2, 2), dtype=np.float32), _rows)
    path = store.root / store.uri(KEY)
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert not store.is_sound(put)


def test_an_array_without_its_note_does_not_exist(store: Store) -> None:
    """What was killed between array and note is made again."""
    store.put(KEY, np.ones((2, 2)), _rows)
    (store.root / store.uri(KEY)).with_suffix(".json").unlink()
    assert store.note(KEY) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}"])
def test_a_damaged_note_is_as_good_as_none(store: Store, content: bytes) -> None:
    """A note that cannot be read never stands for an array."""
    store.put(KEY, np.ones((2, 2)), _rows)
    (store.root / store.uri(KEY)).with_suffix(".json").write_bytes(content)
    assert store.note(KEY) is None


def test_no_flipped_byte_of_a_note_changes_what_it_says(store: Store) -> None:
    """Each byte in turn: the note says the same or counts as damaged, never another."""
    put = store.put(KEY, np.ones((2, 2)), _rows)
    path = (store.root / store.uri(KEY)).with_suffix(".json")
    content = path.read_bytes()
    said = []
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 1
        path.write_bytes(flipped)
        said.append(store.note(KEY))
    assert [note for note in said if note not in (None, put)] == []
    assert store.damaged == {KEY}


def test_exchanged_arrays_are_noticed(store: Store) -> None:
    """A note stands for the array that it was written for, whatever its file's name."""
    other = "ab" + "1" * 62
    for key, value in ((KEY, 1.0), (other, 2.0)):
        store.put(key, np.full((2, 2), value), _rows)
    for mine, its in zip(store.files(KEY), store.files(other), strict=True):
        kept = mine.read_bytes()
        mine.write_bytes(its.read_bytes())
        its.write_bytes(kept)
    assert (store.note(KEY), store.note(other)) == (None, None)
    assert store.damaged == {KEY, other}


def test_a_note_that_cannot_be_read_is_no_missing_note(store: Store) -> None:
    """What the machine refuses is an error with the file's name."""
    path = (store.root / store.uri(KEY)).with_suffix(".json")
    path.mkdir(parents=True)
    with pytest.raises(StoreError) as caught:
        store.note(KEY)
    assert caught.value.where == str(path)


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    """An error between array and note leaves no temporary file and no note."""

    def fail(_: str) -> dict[str, list[dict[str, Any]]]:
        message = "no rows"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="no rows"):
        store.put(KEY, np.ones((2, 2)), fail)
    assert store.note(KEY) is None
    assert not list(store.root.rglob(".tmp-*"))


def test_quarantine_keeps_the_evidence(store: Store) -> None:
    """An unsound array is set aside, not deleted, and no longer found."""
    store.put(KEY, np.ones((2, 2)), _rows)
    store.quarantine(KEY)
    assert store.note(KEY) is None
    assert (store.root / "ab" / f"{KEY}.npy.bad").exists()


def test_sizes_and_deletion(store: Store) -> None:
    """The size counts arrays and bytes; deletion frees them."""
    store.put(KEY, np.ones((10, 2)), _rows)
    arrays, size = store.size()
    assert arrays == 1
    assert size > 160
    assert store.delete(KEY) == size
    assert store.size() == (0, 0)


def test_a_missing_array_says_how_to_get_it(store: Store) -> None:
    """Loading what is not there names the file and the remedy."""
    with pytest.raises(DataError, match="cannot be read") as caught:
        store.load(KEY)
    assert caught.value.where.endswith(f"{KEY}.npy")
    assert "Run the ingest again" in caught.value.hint


def test_pickles_are_never_read(store: Store) -> None:
    """An object array, which would run code when it is read, is refused."""
    path = store.root / store.uri(KEY)
    path.parent.mkdir(parents=True)
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError):
        store.load(KEY)
