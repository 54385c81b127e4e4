"""Clean-up of the inbox: it removes what is ours, and never fails a load."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from tests.warehouse.rows import study
from zsc_wh.shards import MANIFEST, list_shards, write_shard
from zsc_wh.upkeep.pruning import prune
from zsc_wh.warehouse import inbox as inbox_module

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse


def test_a_shard_that_is_a_link_leaves_its_target_alone(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Loading removes the link from the inbox, and nothing outside of it."""
    target = write_shard(tmp_path / "elsewhere", study("a"), "x")
    before = sorted(target.iterdir())
    warehouse.inbox.mkdir()
    (warehouse.inbox / target.name).symlink_to(target)
    assert warehouse.load().shards == 1
    assert list(warehouse.inbox.iterdir()) == []
    assert sorted(target.iterdir()) == before


def test_a_folder_in_a_shard_is_in_nobodys_way(warehouse: Warehouse) -> None:
    """Disk stations put `@eaDir` into every folder."""
    shard = write_shard(warehouse.inbox, study("a"), "x")
    (shard / "@eaDir").mkdir()
    (shard / "@eaDir" / "thumb").write_text("x")
    assert warehouse.load().shards == 1
    assert list(warehouse.inbox.iterdir()) == []


@pytest.mark.parametrize("kind", ["loaded", "bad"])
def test_what_cannot_be_removed_does_not_fail_the_load(
    warehouse: Warehouse,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is committed is committed; the file is named."""
    shard = write_shard(warehouse.inbox, study("a"), "x")
    if kind == "bad":
        (shard / MANIFEST).unlink()
        (warehouse.inbox / "bad").write_text("no folder")

    def refuse(_: Path) -> None:
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr(inbox_module, "remove_tree", refuse)
    report = warehouse.load()
    assert (report.shards, len(report.bad)) == ((1, 0) if kind == "loaded" else (0, 1))
    (told,) = caplog.messages
    assert told.startswith(f"{shard} cannot be cleaned up (")


def test_prune_removes_links_and_not_what_they_lead_to(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A bad shard may be a link, and hold folders."""
    target = write_shard(tmp_path / "elsewhere", study("a"), "x")
    bad = warehouse.inbox / "bad"
    (bad / "y.shard" / "@eaDir").mkdir(parents=True)
    (bad / target.name).symlink_to(target)
    prune(warehouse)
    assert list(bad.iterdir()) == []
    assert list_shards(target.parent) == [target]
    assert (target / MANIFEST).is_file()
