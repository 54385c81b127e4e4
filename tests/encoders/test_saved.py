"""Files of weights are opened by their content; what is none is called by its name."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from zsc_wh.encoders.saved import open_saved
from zsc_wh.encoders.weights import own_file
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATE = {"a.weight": torch.ones(64, 64), "a.bias": torch.zeros(3)}


class Mine:
    """Something that a training script saves beside its weights."""


def _saved(path: Path, content: object, **how: Any) -> bytes:
    torch.save(content, path, **how)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ["pth", "bin", "ckpt", "safetensors"])
@pytest.mark.parametrize("written", ["torch", "old torch", "safetensors"])
def test_the_name_does_not_matter(written: str, suffix: str, tmp_path: Path) -> None:
    """What a file is, its content says."""
    path = tmp_path / f"own.{suffix}"
    if written == "safetensors":
        save_file(STATE, path)
    else:
        is_new = written == "torch"
        torch.save(STATE, path, _use_new_zipfile_serialization=is_new)
    found: Any = open_saved(path)
    assert found.keys() == STATE.keys()
    assert torch.equal(found["a.weight"], STATE["a.weight"])


def _write(what: str, path: Path) -> None:
    """Write a file that is none of weights."""
    if what == "arrays":
        with path.open("wb") as file:
            np.savez(file, conv=np.ones(3))
    elif what == "script":
        pickled = b"\x80\x02c__torch__\nN\nq\x00"
        _zipped(path, {"s/data.pkl": pickled, "s/constants.pkl": b""})
    elif what == "script with code":
        pickled = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."
        _zipped(path, {"s/data.pkl": pickled, "s/constants.pkl": b""})
    elif what == "archive":
        _zipped(path, {"notes.txt": b"hello", "more.txt": b""})
    else:
        path.write_bytes(_CONTENT[what](path))


def _zipped(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _old(path: Path, content: object) -> bytes:
    return _saved(path, content, _use_new_zipfile_serialization=False)


_MINE = {"model": STATE, "config": Mine(), "acc": np.float64(0.5)}
_CONTENT: dict[str, Callable[[Path], bytes]] = {
    "nothing": lambda _: b"",
    "pointer": lambda _: b"version https://git-lfs.github.com/spec/v1\n",
    "page": lambda _: b"\n<!DOCTYPE html><html>not found</html>",
    "noise": lambda _: b"noise" * 100,
    "cut torch": lambda path: _saved(path, STATE)[:9000],
    "damaged torch": lambda path: _saved(path, STATE).replace(b"a.weight", b"\xff" * 8),
    "cut old torch": lambda path: _old(path, STATE)[:9000],
    "cut safetensors": lambda _: b"\x10\0\0\0\0\0\0\0{",
    "objects": lambda path: _saved(path, _MINE),
    "old objects": lambda path: _old(path, _MINE),
}
OBJECTS = r"it holds objects of tests.encoders.test_saved.Mine, numpy.*scalar"
SAID = {
    "nothing": "the file is empty",
    "pointer": "a pointer of Git LFS.*git lfs pull",
    "page": "this is a web page, not weights",
    "noise": "neither a file of torch.save nor one of safetensors",
    "arrays": "a file of NumPy arrays: conv.npy",
    "script": "this TorchScript archive is cut off or damaged",
    "script with code": "it holds objects of os.system, .* none is run",
    "archive": "a zip archive without weights; it holds notes.txt, more.txt",
    "cut torch": "this file of torch.save is cut off or damaged",
    "damaged torch": "this file of torch.save is cut off or damaged",
    "cut old torch": "did not save, or it is cut off or damaged",
    "cut safetensors": "this file of safetensors is cut off or damaged",
    "objects": OBJECTS,
    "old objects": OBJECTS,
}


@pytest.mark.parametrize("what", SAID)
def test_what_is_no_file_of_weights_is_called_by_its_name(
    what: str, tmp_path: Path
) -> None:
    """In our words, whatever its name; a sound file is never called damaged."""
    path = tmp_path / "own.pt"
    _write(what, path)
    with pytest.raises(DataError, match=SAID[what]) as caught:
        open_saved(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [("folder", "this is a folder; it holds model.pt"), ("none.pt", "is not there")],
)
def test_what_is_no_file_is_told(name: str, message: str, tmp_path: Path) -> None:
    """A folder is not called absent."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.pt").touch()
    with pytest.raises(DataError, match=message):
        own_file({"path": name, "sha256": None}, tmp_path)


def test_another_checksum_of_a_file_of_one_s_own(tmp_path: Path) -> None:
    """Nothing would be downloaded in its stead."""
    save_file(STATE, tmp_path / "own.pt")
    with pytest.raises(DataError, match="and 00 is declared") as caught:
        own_file({"path": "own.pt", "sha256": "00"}, tmp_path)
    assert "download" not in caught.value.hint
