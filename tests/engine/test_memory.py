from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zsc_wh.engine import memory
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["memory.max", "memory/memory.limit_in_bytes"])
def test_the_limit_of_a_container_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The share is one of what the container may take, in both versions of cgroups."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("1000000\n")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert memory.default_limit() == int(1_000_000 * memory.SHARE)


def test_no_limit_is_that_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container without a limit says so with a word."""
    (tmp_path / "memory.max").write_text("max\n")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert memory.default_limit() > 2**28


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8GiB", 8 * 2**30),
        ("500M", 500 * 2**20),
        (" 1536.5 k ", 1573376),
        ("1073741824", 2**30),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    """Units count in powers of two, in any case of letters."""
    assert memory.parse_bytes(text) == size


def test_what_is_not_a_size_is_refused() -> None:
    """The message shows how to write one."""
    with pytest.raises(ConfigError, match="'much' is not a valid size") as caught:
        memory.parse_bytes("much")
    assert "8GiB" in caught.value.hint


def test_no_memory_at_all_is_no_forgotten_unit() -> None:
    """Zero of any unit would be as little."""
    with pytest.raises(ConfigError, match="in which nothing can run") as caught:
        memory.parse_bytes("0")
    assert "0GiB" not in caught.value.hint


@pytest.mark.parametrize("text", ["8", "1000", "900KiB"])
def test_a_forgotten_unit_is_told(text: str) -> None:
    """Eight bytes would skip every cell; gigabytes were meant."""
    with pytest.raises(ConfigError, match="in which nothing can run") as caught:
        memory.parse_bytes(text)
    assert "unit" in caught.value.hint
