from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.warehouse.rows import KINDS, NOW, joined, key, study
from zsc_wh.shards import write_shard
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

Part = dict[str, list[dict[str, Any]]]

VIEWS = [
    "name_version",
    "grid_version",
    *(f"{kind}_fact" for kind in KINDS),
    "named_cell",
    "result",
    "past_result",
]


def meant(thing: str, hours: int) -> Part:
    """Return a study whose names, and whose grid, came to mean `thing` at an hour."""
    part = study(thing, name=thing)
    for kind in (*KINDS, "grid"):
        for row in part[f"{kind}_name"]:
            row["name"] = "mine"
    for row in part["grid"]:
        row |= {"name": "mine", "declared_at": NOW + timedelta(hours=hours)}
    for kind in KINDS:
        for row in part[f"{kind}_name"]:
            row["declared_at"] = NOW + timedelta(hours=hours)
            row["title"] = f"{thing} at {hours}"
    for row in part["grid_name"]:
        row["dataset"] = row["dataset"] and "mine"
    for row in part["grid_cell"]:
        row |= dict.fromkeys(KINDS, "mine")
    return part


CLOCKS = {
    "in the same order": (
        joined(meant("first", 1), meant("second", 3)),
        joined(meant("first", 2), meant("second", 4)),
    ),
    "in opposite orders": (
        joined(meant("first", 1), meant("second", 3)),
        joined(meant("second", 0), meant("first", 6)),
    ),
    "back again": (
        joined(meant("first", 1), meant("second", 3)),
        meant("first", 4),
    ),
    "at one instant": (meant("first", 1), meant("second", 1)),
}


def loaded(path: Path, shards: list[Path], *, at_once: bool) -> dict[str, list[Any]]:
    """Load copies of shards in this order; return what the views of names say."""
    warehouse = Warehouse(path)
    for place, shard in enumerate(shards):
        # shards are loaded in the order of their names
        shutil.copytree(shard, warehouse.inbox / f"{place}.shard")
        if not at_once:
            assert warehouse.load().bad == []
    assert warehouse.load().bad == []
    assert warehouse.audit() == []
    rows = warehouse.read_all(f"from {name} order by all" for name in VIEWS)
    return dict(zip(VIEWS, rows, strict=True))


@pytest.mark.parametrize("clocks", CLOCKS)
@pytest.mark.parametrize("at_once", [True, False])
def test_the_order_of_loading_does_not_number_versions(
    tmp_path: Path, clocks: str, at_once: bool
) -> None:
    """Two machines declare the same at times of their own: one order of versions."""
    shards = [write_shard(tmp_path / "made", part, "x") for part in CLOCKS[clocks]]
    one = loaded(tmp_path / "one.duckdb", shards, at_once=at_once)
    other = loaded(tmp_path / "other.duckdb", shards[::-1], at_once=at_once)
    assert one == other
    assert len(one["result"]) == len(one["past_result"]) == 1


@pytest.mark.parametrize(
    ("clocks", "before", "label", "now", "title"),
    [
        ("in the same order", "first", "mine@1", "second", "second at 4"),
        ("in opposite orders", "second", "mine@1", "first", "first at 6"),
        ("back again", "second", "mine@2", "first", "first at 4"),
    ],
)
def test_versions_follow_the_clocks_of_all_machines(
    warehouse: Warehouse, clocks: str, before: str, label: str, now: str, title: str
) -> None:
    """Numbers go by the first time of a meaning, the bare name by the last time."""
    for part in CLOCKS[clocks]:
        write_shard(warehouse.inbox, part, "x")
    warehouse.load()
    rows = warehouse.read("select kind, meaning, label from name_version").rows
    assert sorted(rows) == sorted(
        (kind, key(kind, thing), name)
        for kind in KINDS
        for thing, name in ((before, label), (now, "mine"))
    )
    rows = warehouse.read("select grid_key, grid from grid_version order by 2").rows
    assert rows == [(key("grid", now), "mine"), (key("grid", before), label)]
    wanted = [
        (None, False, before),
        (None, True, now),
        ("mine", True, now),
        (label, False, before),
    ]
    rows = warehouse.read(
        "select grid, is_current, cell_key from named_cell"
        " order by grid nulls first, is_current"
    ).rows
    assert rows == [(grid, newest, key("cell", cell)) for grid, newest, cell in wanted]
    rows = warehouse.read("select encoder, dataset from result").rows
    assert rows == [("mine", "mine")]
    rows = warehouse.read("select encoder, dataset from past_result").rows
    assert rows == [(label, label)]
    rows = warehouse.read(
        "select title from encoder_fact where meaning = $now",
        {"now": key("encoder", now)},
    ).rows
    assert rows == [(title,)]
