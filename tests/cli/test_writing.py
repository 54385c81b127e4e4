"""Files that a command writes: links, modes, devices, pipes, and what goes wrong."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from zsc_wh.cli.writing import OutputError, ReaderGoneError, write_all, write_file
from zsc_wh.errors import ConfigError

IS_ROOT = os.geteuid() == 0


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _node(path: Path, minor: int) -> Path:
    """Make a device of the memory driver: 3 is the null device, 7 the full one."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        path.open("wb").close()
    except PermissionError:
        pytest.skip("making a device needs root")
    return path


def test_an_existing_file_keeps_its_mode_and_a_new_one_gets_the_umask(
    tmp_path: Path,
) -> None:
    """A private file stays private, and nothing is left beside it."""
    private = tmp_path / "private"
    shared = tmp_path / "shared"
    for path, mode in ((private, 0o600), (shared, 0o666)):
        path.touch()
        path.chmod(mode)
    before = os.umask(0o027)
    try:
        for path in (private, shared, tmp_path / "new"):
            write_file(path, "a")
    finally:
        os.umask(before)
    assert {path.name: _mode(path) for path in tmp_path.iterdir()} == {
        "private": 0o600,
        "shared": 0o666,
        "new": 0o640,
    }


@pytest.mark.skipif(not IS_ROOT, reason="giving a file away needs root")
def test_an_existing_file_keeps_its_owner(tmp_path: Path) -> None:
    """Root writes into a user's file without taking it."""
    path = tmp_path / "theirs"
    path.touch()
    os.chown(path, 1234, 2345)
    write_file(path, "a")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


@pytest.mark.parametrize("exists", [True, False])
def test_links_are_followed(tmp_path: Path, *, exists: bool) -> None:
    """A link to a link stays one; the file at its end is written, or made."""
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "target"
    if exists:
        target.write_text("old")
    (tmp_path / "folder" / "inner").symlink_to("target")
    (tmp_path / "outer").symlink_to("folder/inner")
    write_file(tmp_path / "outer", "new")
    assert target.read_text() == "new"
    assert (tmp_path / "outer").readlink() == Path("folder/inner")
    assert (tmp_path / "folder" / "inner").is_symlink()


def test_a_device_stays_one(tmp_path: Path) -> None:
    """What is written to the null device does not replace it."""
    null = _node(tmp_path / "null", 3)
    write_file(null, "a")
    assert null.is_char_device()


def test_a_full_device_is_told(tmp_path: Path) -> None:
    """No space is a fault of the machine: exit code 3."""
    full = _node(tmp_path / "full", 7)
    with pytest.raises(OutputError, match=r"No space left on device.*Free some space"):
        write_file(full, "a")
    assert full.is_char_device()


def test_a_named_pipe_is_written_to(tmp_path: Path) -> None:
    """More than its buffer holds comes out at the other end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"x" * 300_000)
    reader.join()
    assert len(got[0]) == 300_000
    assert pipe.is_fifo()


def test_a_pipe_without_a_reader_is_no_fault_of_ours() -> None:
    """A reader that has gone ends the command in silence."""
    reading, writing = os.pipe()
    os.close(reading)
    os.set_inheritable(writing, True)
    with pytest.raises(ReaderGoneError):
        write_file(Path(f"/dev/fd/{writing}"), "a")
    os.close(writing)


def test_a_slow_reader_of_a_non_blocking_pipe_gets_everything() -> None:
    """The parent of a process may have made its pipe non-blocking."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    got: list[bytes] = []

    def read() -> None:
        with open(reading, "rb") as stream:  # noqa: PTH123 - a descriptor
            got.append(stream.read())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        write_all(writing, b"x" * 300_000)
    finally:
        os.close(writing)
        reader.join()
    assert len(got[0]) == 300_000


def test_a_descriptor_that_the_shell_did_not_open_is_refused(tmp_path: Path) -> None:
    """The number may be that of the warehouse."""
    path = tmp_path / "ours"
    with path.open("wb") as stream, pytest.raises(ConfigError, match="Bad file"):
        write_file(Path(f"/dev/fd/{stream.fileno()}"), "a")
    assert path.read_bytes() == b""


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up half-way: the old content stays, and nothing beside it."""
    path = tmp_path / "rows"
    path.write_text("old")
    write = os.write

    def until_full(descriptor: int, data: Any) -> int:
        if len(data) < 1000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:500])

    monkeypatch.setattr(os, "write", until_full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_file(path, b"x" * 1200)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EPERM, errno.EACCES])
def test_a_file_that_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A single mounted file, a sticky folder, a folder that is read-only."""
    path = tmp_path / "mounted"
    path.write_text("a longer old content")

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", refuse)
    write_file(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_protected_file_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That its folder can be written is no leave to take its place."""
    path = tmp_path / "protected"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(ConfigError, match="Permission denied"):
        write_file(path, "new")
    assert path.read_text() == "old"


@pytest.mark.parametrize("where", ["file/x", "loop", ".", "/proc/x", "n" * 300])
def test_a_place_that_cannot_be_is_one_line(tmp_path: Path, where: str) -> None:
    """A file where a folder should be, a loop of links, a folder, a long name."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_file(tmp_path / where, "a")


def test_a_new_file_replaces_none(tmp_path: Path) -> None:
    """With `new`, a file that exists stays, and a folder that is missing is made."""
    path = tmp_path / "folder" / "grid.toml"
    write_file(path, "first", new=True)
    with pytest.raises(ConfigError, match="File exists"):
        write_file(path, "second", new=True)
    assert path.read_text() == "first"
