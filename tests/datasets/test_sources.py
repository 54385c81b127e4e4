from __future__ import annotations

import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from zsc_wh.datasets.sources import ArrayFile, read_id_file, read_ids, resolve
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_relative_path_starts_at_the_base(tmp_path: Path) -> None:
    """A relative path means the same wherever the command is run."""
    assert resolve("photos/a", tmp_path) == tmp_path / "photos" / "a"


def test_absolute_path_stays(tmp_path: Path) -> None:
    """An absolute path does not depend on the base."""
    assert resolve(str(tmp_path / "x"), Path("/elsewhere")) == tmp_path / "x"


def test_home_and_variables_are_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``~`` and ``${VAR}`` stand for what the environment says."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ZSC_PLACE", "pictures")
    assert resolve("~/${ZSC_PLACE}/x", Path("/b")) == tmp_path / "pictures" / "x"


def test_unset_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unset variable is an error that names it and says how to set it."""
    monkeypatch.delenv("ZSC_PLACE", raising=False)
    with pytest.raises(ConfigError, match="ZSC_PLACE is not set") as caught:
        resolve("${ZSC_PLACE}/x", Path("/b"))
    assert caught.value.where == "${ZSC_PLACE}/x"
    assert "export ZSC_PLACE=" in caught.value.hint


def test_names_are_filled_in_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is not taken for a variable, whatever it holds."""
    monkeypatch.setenv("dataset", "variable")
    path = resolve("${dataset}/{dataset}.npy", Path("/b"), dataset="${x}")
    assert path == Path("/b/variable/${x}.npy")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_shape_of_an_npz_comes_from_the_header(
    save: Callable[..., None], tmp_path: Path
) -> None:
    """The shape of a stored array agrees with the array."""
    save(tmp_path / "x.npz", a=np.zeros((7, 3)), b=np.arange(4))
    file = ArrayFile(tmp_path / "x.npz")
    assert file.names == ("a", "b")
    assert file.shape("a") == (7, 3)
    np.testing.assert_array_equal(file.read("b"), np.arange(4))


def test_an_npy_has_one_array_of_any_name(tmp_path: Path) -> None:
    """A .npy file is told by its content, and names do not matter in it."""
    np.save(tmp_path / "x.npy", np.eye(2))
    (tmp_path / "x.npy").rename(tmp_path / "x.features")
    file = ArrayFile(tmp_path / "x.features")
    assert file.shape("embeddings") == (2, 2)
    np.testing.assert_array_equal(file.read("embeddings"), np.eye(2))


def test_absent_array_is_named_with_those_there_are(tmp_path: Path) -> None:
    """A wrong array name is answered with the right ones."""
    np.savez(tmp_path / "x.npz", features=np.eye(2))
    with pytest.raises(DataError, match="no array 'embeddings'") as caught:
        ArrayFile(tmp_path / "x.npz").read("embeddings")
    assert caught.value.where == str(tmp_path / "x.npz")
    assert "features" in caught.value.hint


def test_what_is_no_array_in_an_npz_is_none(tmp_path: Path) -> None:
    """Notes that lie in the archive cannot be read as features."""
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(DataError, match="seems to be a zip archive") as caught:
        ArrayFile(tmp_path / "x.npz").read("notes.txt")
    assert "Unpack it" in caught.value.hint


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def _pickled_array(path: Path, bomb: Bomb) -> None:
    with path.open("wb") as file:
        np.save(file, np.array([bomb], dtype=object), allow_pickle=True)


def _bare_pickle(path: Path, bomb: Bomb) -> None:
    path.write_bytes(pickle.dumps(bomb))


def _pickled_member(path: Path, bomb: Bomb) -> None:
    with path.open("wb") as file:
        np.savez(file, embeddings=np.array([bomb], dtype=object))


@pytest.mark.parametrize("write", [_pickled_array, _bare_pickle, _pickled_member])
def test_pickles_are_not_run(
    write: Callable[[Path, Bomb], None], tmp_path: Path
) -> None:
    """A file from elsewhere can hold no code that we would run."""
    path, trap = tmp_path / "features", tmp_path / "trap"
    write(path, Bomb(trap))
    with pytest.raises(DataError, match="without pickle") as caught:
        ArrayFile(path).read("embeddings")
    assert caught.value.where == str(path)
    assert "numpy.savez" in caught.value.hint
    assert not trap.exists()


def _absent(_path: Path) -> None:
    """Write nothing."""


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _truncated_npy(path: Path) -> None:
    np.save(path.with_suffix(".npy"), np.zeros((50, 4)))
    path.write_bytes(path.with_suffix(".npy").read_bytes()[:-99])


def _truncated_npz(path: Path) -> None:
    np.savez(path.with_suffix(".npz"), embeddings=np.zeros((50, 4)))
    path.write_bytes(path.with_suffix(".npz").read_bytes()[:-99])


def _damaged_npz(path: Path) -> None:
    np.savez_compressed(path.with_suffix(".npz"), embeddings=np.arange(900.0))
    content = bytearray(path.with_suffix(".npz").read_bytes())
    name, extra = struct.unpack_from("<HH", content, 26)
    content[30 + name + extra] = 0b111  # there is no such kind of deflate block
    path.write_bytes(content)


def _flipped_bit(path: Path) -> None:
    np.savez(path.with_suffix(".npz"), embeddings=np.arange(900.0))
    content = bytearray(path.with_suffix(".npz").read_bytes())
    content[4000] ^= 1
    path.write_bytes(content)


def _truncated_safetensors(path: Path) -> None:
    save_file({"embeddings": torch.zeros(9, 9)}, path)
    path.write_bytes(path.read_bytes()[:-9])


def _truncated_parquet(path: Path) -> None:
    pl.DataFrame({"embeddings": [[1.0, 2.0]]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-9])


def _damaged_parquet(path: Path) -> None:
    pl.DataFrame({"embeddings": [[1.0, 2.0]] * 99}).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:40] = b"\xff" * 36
    path.write_bytes(content)


def _folder(path: Path) -> None:
    path.mkdir()


def _other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("embeddings.npy", b"not an array")


@pytest.mark.parametrize(
    "write",
    [
        _absent,
        _empty,
        _truncated_npy,
        _truncated_npz,
        _damaged_npz,
        _flipped_bit,
        _truncated_safetensors,
        _truncated_parquet,
        _damaged_parquet,
        _folder,
        _other_zip,
    ],
)
def test_unsound_file_is_named(write: Callable[[Path], None], tmp_path: Path) -> None:
    """A file that is absent or damaged is an error with its path and a remedy."""
    path = tmp_path / "features"
    write(path)
    with pytest.raises(
        DataError, match=r"no such file|cannot be read|header says"
    ) as caught:
        ArrayFile(path).read("embeddings")
    assert caught.value.where == str(path)
    assert caught.value.hint


def test_ids_become_texts(tmp_path: Path) -> None:
    """Numbers may serve as ids."""
    np.savez(tmp_path / "x.npz", ids=np.array([3, 1, 2]))
    assert read_ids(ArrayFile(tmp_path / "x.npz"), "ids") == ("3", "1", "2")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (np.array(["a", "b", "a"]), "the sample id 'a' occurs more than once"),
        (np.array([0.5, 1.5]), "strings or whole numbers, not 0.5"),
        (np.array([["a"]]), "one-dimensional, of whole numbers or strings, not 2-dim"),
    ],
    ids=["double", "floats", "table"],
)
def test_bad_ids_are_refused(
    ids: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
    message: str,
    tmp_path: Path,
) -> None:
    """Ids are distinct and whole, or an error says what is wrong with them."""
    np.savez(tmp_path / "x.npz", ids=ids)
    file = ArrayFile(tmp_path / "x.npz")
    with pytest.raises(DataError, match=message) as caught:
        read_ids(file, "ids")
    assert caught.value.where == f"{tmp_path / 'x.npz'}: ids"


def test_missing_id_is_told(tmp_path: Path) -> None:
    """A sample without an id cannot be told from others."""
    pl.DataFrame({"name": ["a", None]}).write_parquet(tmp_path / "x")
    file = ArrayFile(tmp_path / "x")
    with pytest.raises(DataError, match="a sample id is missing") as caught:
        read_ids(file, "name")
    assert caught.value.where == f"{tmp_path / 'x'}: name"


def test_ids_need_an_npz(tmp_path: Path) -> None:
    """A .npy file has no place for ids."""
    np.save(tmp_path / "x.npy", np.eye(2))
    file = ArrayFile(tmp_path / "x.npy")
    with pytest.raises(DataError, match=r"of an \.npz file") as caught:
        read_ids(file, "ids")
    assert "numpy.savez" in caught.value.hint


@pytest.mark.parametrize("name", ["x.txt", "x.CSV", "x.tsv", "x.list"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_ids_can_be_the_lines_of_a_text(name: str, end: bytes, tmp_path: Path) -> None:
    """An id a line, with or without a mark of UTF-8 and an end of the last line."""
    lines = ["ä/1.png", "7", " b c.png"]
    text = end.join(line.encode() for line in lines)
    expected = ("ä/1.png", "7", "b c.png")
    for content in (text, text + end, b"\xef\xbb\xbf" + text):
        (tmp_path / name).write_bytes(content)
        assert read_id_file(tmp_path / name, "ids") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n\nb\n", "a sample id is missing"),
        (b"a\nb\na\n", "'a' occurs more than once"),
        (b"\xff\n", "no such text file in UTF-8"),
        (None, "no such text file in UTF-8"),
    ],
)
def test_unsound_text_of_ids_is_told(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    """Lines without ids, and files that are not text, are an error with the path."""
    path = tmp_path / "x.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_id_file(path, "ids")
    assert caught.value.where == str(path)
    assert caught.value.hint


@pytest.mark.parametrize("ids", [["b", "a"], [2, 1]])
def test_ids_can_be_an_array_of_their_own(ids: list[Any], tmp_path: Path) -> None:
    """A .npy file holds ids and nothing else; of other files the name says which."""
    np.save(tmp_path / "x.npy", ids)
    np.savez(tmp_path / "x.npz", names=ids, ids=["x", "y"])
    expected = tuple(map(str, ids))
    assert read_id_file(tmp_path / "x.npy", "ids") == expected
    assert read_id_file(tmp_path / "x.npz", "names") == expected


def test_a_relative_folder_of_data_starts_at_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was set in a shell, and not in the file of the declaration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZSCWH_DATA", "data")
    assert resolve("${ZSCWH_DATA}/x", Path("/b")) == tmp_path / "data" / "x"


def test_the_first_of_several_folders_of_data_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in PATH; empty ones are none, and a path that is in none names them all."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "x").mkdir()
    roots = ["", str(tmp_path / "a"), str(tmp_path / "b"), ""]
    monkeypatch.setenv("ZSCWH_DATA", os.pathsep.join(roots))
    assert resolve("${ZSCWH_DATA}/x", tmp_path) == tmp_path / "b" / "x"
    (tmp_path / "a" / "x").mkdir()
    assert resolve("${ZSCWH_DATA}/x", tmp_path) == tmp_path / "a" / "x"
    with pytest.raises(DataError, match="in none of the 2 folders") as caught:
        resolve("${ZSCWH_DATA}/y", tmp_path)
    for name in ("a", "b"):
        assert str(tmp_path / name / "y") in caught.value.hint


def test_no_folder_of_data_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty variable names none."""
    monkeypatch.setenv("ZSCWH_DATA", "")
    with pytest.raises(ConfigError, match="ZSCWH_DATA is not set"):
        resolve("${ZSCWH_DATA}/x", tmp_path)
