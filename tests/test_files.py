from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zsc_wh.files import Replacement, is_leftover, temporary_name


def test_a_replacement_takes_the_place_at_once(tmp_path: Path) -> None:
    """Until it is closed the old content stands; then the new one does."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with Replacement(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_failed_replacement_changes_nothing(tmp_path: Path) -> None:
    """On an exception the old content stands and no temporary file stays."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), Replacement(path) as file:
        file.write(b"half" if 1 / 0 else b"")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 - names alone


def test_files_of_this_process_are_no_leftovers() -> None:
    """What a living process writes is left alone."""
    assert not is_leftover(Path(temporary_name()))


def test_files_of_a_dead_process_are_leftovers() -> None:
    """What a process that is gone has begun can be removed."""
    code = "from zsc_wh.files import temporary_name; print(temporary_name())"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert is_leftover(Path(out.stdout.strip()))


@pytest.mark.parametrize("name", ["a.npy", ".tmp-", ".tmp-x-y-z", ".tmp-1-otherhost-0"])
def test_other_names_are_no_leftovers(name: str) -> None:
    """Files of other machines, and files that are not temporary, are left alone."""
    assert not is_leftover(Path(name))


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be written whole does not take the place, nor stay behind."""
    path = tmp_path / "kept.txt"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"), Replacement(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.txt"]
