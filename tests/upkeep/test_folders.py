"""Folders beside a warehouse that are there and cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zsc_wh.engine.heartbeat import running_ingests
from zsc_wh.errors import SchemaError
from zsc_wh.shards import list_shards
from zsc_wh.store import Store
from zsc_wh.upkeep.doctor.files import look
from zsc_wh.upkeep.doctor.finding import State
from zsc_wh.upkeep.pruning import find_useless

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse


@pytest.fixture(params=["inbox", "store_path"])
def unreadable(warehouse: Warehouse, request: pytest.FixtureRequest) -> Path:
    """Put a link whose disk is not there in the place of a folder."""
    folder: Path = getattr(warehouse, request.param)
    folder.symlink_to(folder.with_name("unmounted"))
    return folder


def test_prune_does_not_take_it_for_empty(
    warehouse: Warehouse, unreadable: Path
) -> None:
    """What runs or waits there is unknown, and so is what can go."""
    with pytest.raises(SchemaError, match="cannot be read") as caught:
        find_useless(warehouse)
    assert caught.value.where == str(unreadable)


def test_the_doctor_names_it(warehouse: Warehouse, unreadable: Path) -> None:
    """It is a problem, and the other findings are there too."""
    problems = [f.detail for f in look(warehouse.path) if f.state == State.PROBLEM]
    assert any(detail.startswith(f"{unreadable}: ") for detail in problems)


@pytest.mark.parametrize(
    "read",
    [
        lambda folder: list(Store(folder).keys()),
        lambda folder: Store(folder).size(),
        lambda folder: Store(folder).leftovers(),
        list_shards,
        lambda folder: list(running_ingests(folder)),
    ],
    ids=["keys", "size", "leftovers", "shards", "ingests"],
)
def test_nobody_takes_it_for_empty(tmp_path: Path, read: object) -> None:
    """A file in the place of a folder is not an empty folder."""
    (tmp_path / "file").write_text("x")
    assert callable(read)
    with pytest.raises(SchemaError, match="cannot be read"):
        read(tmp_path / "file")
