from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING

import pytest

from tests.upkeep.conftest import contents
from zsc_wh.errors import LoadError
from zsc_wh.store import Store
from zsc_wh.upkeep.pruning import Heap, Pruning, find_useless, prune

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.queries.made import Cell, Made
    from tests.upkeep.conftest import Fill
    from zsc_wh.warehouse import Warehouse

AMI = {"score": "ami", "metric": "ami", "space": "labels", "subset": "all"}


def _cell(made: Made, dataset: str = "d", seed: int = 1) -> Cell:
    return made.cell("e", dataset, "none", "kmeans", seed)


def _grid(made: Made, cells: Sequence[str], day: int = 0) -> str:
    """Declare a grid on a day, with a score."""
    grid = made.grid("mine", cells, day=day)
    made.rows["grid_score"][grid] = AMI | {"grid_key": grid}
    return grid


def _then(made: Made) -> Cell:
    """Declare a grid with one cell, and return that."""
    made.dataset("d", ["x", "y"])
    cell = _cell(made)
    _grid(made, [cell])
    return cell


def _now(made: Made, train: str | None = None) -> Cell:
    """Declare the grid again after its images were replaced; return its cell."""
    made.dataset("d", ["x", "y", "z"], content="new", day=1, train=train)
    cell = _cell(made)
    _grid(made, [cell], day=1)
    return cell


def _rows(found: Pruning) -> dict[str, int]:
    return {heap.kind: heap.n_rows for heap in found.heaps if heap.n_rows}


def _labels(warehouse: Warehouse, name: str = "d") -> list[str]:
    rows = warehouse.read(
        "select label from name_version where name = $name order by version",
        {"name": name},
    ).rows
    return [label for (label,) in rows]


def test_of_a_meaning_without_a_result_nothing_is_left(fill: Fill, made: Made) -> None:
    """The rows are those of a warehouse that never saw it."""
    fresh = copy.deepcopy(made)
    _now(fresh)
    _then(made)
    _now(made)
    warehouse = fill(made)
    # images, labels and listing of the dataset
    gone = {"names": 1, "grids": 1, "cells": 1, "things": 3}
    assert _rows(find_useless(warehouse)) == gone
    assert _rows(prune(warehouse)) == gone
    assert contents(warehouse) == contents(fill(fresh))
    assert find_useless(warehouse).is_empty


@pytest.mark.parametrize("status", ["done", "not_converged", "degenerate"])
def test_a_meaning_with_a_result_stays(fill: Fill, made: Made, status: str) -> None:
    """No result is removed, whatever became of its names."""
    made.run(_then(made), {"ami": None}, status=status)
    _now(made)
    warehouse = fill(made)
    before = contents(warehouse)
    assert prune(warehouse).is_empty
    assert contents(warehouse) == before


@pytest.mark.parametrize("status", ["failed", "oom", "timeout", "killed", "skipped"])
def test_an_attempt_without_a_result_keeps_nothing(
    fill: Fill, made: Made, status: str
) -> None:
    """Runs that closed no cell go with what they tried in vain."""
    fresh = copy.deepcopy(made)
    _now(fresh)
    made.run(_then(made), status=status)
    _now(made)
    warehouse = fill(made)
    assert not prune(warehouse).is_empty
    assert contents(warehouse) == contents(fill(fresh))


def test_attempts_at_what_is_wanted_now_stay(fill: Fill, made: Made) -> None:
    """They tell the next ingest what it need not try again."""
    _then(made)
    made.run(_now(made), status="oom")
    warehouse = fill(made)
    prune(warehouse)
    assert warehouse.read("select status from run").rows == [("oom",)]


@pytest.mark.parametrize(("accuracy", "labels"), [(0.5, ["d@1", "d"]), (None, ["d"])])
def test_a_probe_is_a_result(
    fill: Fill, made: Made, accuracy: float | None, labels: list[str]
) -> None:
    """What was probed stays, but for probes that could not be made."""
    made.dataset("train", ["x", "y"])
    _then(made)
    for dataset in ("train", "d"):
        made.embedding("e", dataset)
    made.probe("e", "train", "d", {"accuracy": accuracy}, k=20)
    _now(made)
    warehouse = fill(made)
    assert prune(warehouse).is_empty is (accuracy is not None)
    assert _labels(warehouse) == labels
    n_probes = int(accuracy is not None)
    assert warehouse.read("select count(*) from probe").rows == [(n_probes,)]


def test_a_train_set_stays_with_what_it_was_for(fill: Fill, made: Made) -> None:
    """It has no cell of its own, and is named by the declaration that wants it."""
    made.dataset("train", ["x", "y"])
    made.dataset("d", ["x", "y"], train="train")
    old = _cell(made)
    _grid(made, [old])
    made.run(old, {"ami": 0.5})
    made.dataset("train", ["x", "x", "y"], content="more", day=1)
    _now(made, "train")
    warehouse = fill(made)
    assert prune(warehouse).is_empty
    assert _labels(warehouse, "train") == ["train@1", "train"]
    sql = "delete from {} where run_key in (select run_key from run)"
    warehouse.write(lambda con: [con.execute(sql.format(t)) for t in ("score", "run")])
    prune(warehouse)
    assert _labels(warehouse, "train") == ["train"]


def test_what_two_meanings_share_stays(fill: Fill, made: Made) -> None:
    """Of a corrected label only names and labels go: images and cell are wanted."""
    fresh = copy.deepcopy(made)
    for each, days in ((made, (0, 1)), (fresh, (1,))):
        for day in days:
            labels = ["x", "y", "x" if day else "y"]
            each.dataset("d", labels, content="same", day=day)
            cell = _cell(each)
            _grid(each, [cell], day=day)
    warehouse = fill(made)
    gone = {"names": 1, "grids": 1, "things": 1}
    assert _rows(prune(warehouse)) == gone
    after, expected = contents(warehouse), contents(fill(fresh))
    assert after == expected


def test_scores_go_with_labels_that_no_name_stands_for(fill: Fill, made: Made) -> None:
    """Those against labels of now, and those without labels, stay with their run."""
    made.dataset("d", ["x", "y", "y"], content="same")
    embedding = made.embedding("e", "d")
    cell = _cell(made)
    run = made.run(cell, {"ami": 0.4, "silhouette": 0.3})
    made.array_score(embedding, "silhouette", 0.1)
    made.dataset("d", ["x", "y", "x"], content="same", day=1)
    _grid(made, [_cell(made)], day=1)
    made.level_score(run, "class", 0.6)
    made.array_score(embedding, "silhouette", 0.2)
    warehouse = fill(made)
    assert _rows(prune(warehouse))["scores"] == 2
    rows = warehouse.read("select metric, value from score order by metric").rows
    assert rows == [("ami", 0.6), ("silhouette", 0.3)]
    assert warehouse.read("select value from array_score").rows == [(0.2,)]
    assert _labels(warehouse) == ["d"]


def test_a_declaration_that_keeps_a_result_is_cut(fill: Fill, made: Made) -> None:
    """It loses what has none, and its key: the whole can be declared again."""
    made.dataset("other", ["x", "y"])
    kept = _cell(made, "other")
    made.run(kept, {"ami": 0.5})
    made.dataset("d", ["x", "y"])
    grid = _grid(made, [_cell(made), kept])
    newest = _now(made)
    warehouse = fill(made)
    gone = {"names": 1, "cut grids": 1, "cells": 1, "things": 3}
    assert _rows(prune(warehouse)) == gone
    rows = warehouse.read(
        "select grid, dataset, cell_key from named_cell where grid is not null"
        " order by grid"
    ).rows
    assert rows == [("mine", "d", newest), ("mine@1", "other", kept)]
    keys = {
        table: {key for (key,) in warehouse.read(f"select grid_key from {table}").rows}
        for table in ("grid", "grid_cell", "grid_name", "grid_score")
    }
    assert len({frozenset(found) for found in keys.values()}) == 1
    assert grid not in keys["grid"]
    names = warehouse.read(
        "select kind, grid_name.name from grid_name"
        " inner join grid_version using (grid_key) where not is_newest order by all"
    ).rows
    assert names == [
        ("clusterer", "kmeans"),
        ("dataset", "other"),
        ("encoder", "e"),
        ("reducer", "none"),
    ]


def test_names_that_nothing_uses_go(fill: Fill, made: Made) -> None:
    """A name that no declaration uses any more is free again."""
    made.encoder("typo", content="else")
    made.dataset("d", ["x", "y"])
    _grid(made, [made.cell("typo", "d", "none", "kmeans")])
    _now(made)
    warehouse = fill(made)
    prune(warehouse)
    assert _labels(warehouse, "typo") == []
    assert warehouse.read("select count(*) from encoder").rows == [(1,)]


def test_what_has_rows_keeps_its_names(fill: Fill, made: Made) -> None:
    """No grid names the reducer of a map, or the encoder of a cell from elsewhere."""
    made.reducer("umap-2")
    made.encoder("elsewhere")
    made.encoder("twin", content="elsewhere")
    _then(made)
    made.embedding("e", "d")
    made.projection("e", "d", [(0, 0), (1, 1)])
    cell = made.cell("elsewhere", "d", "none", "kmeans")
    made.run(cell, {"ami": 0.5})
    warehouse = fill(made)
    warehouse.write(lambda con: [con.execute(sql) for sql in _UNDECLARE])
    assert _rows(prune(warehouse)) == {}
    for name in ("umap-2", "elsewhere", "twin"):
        assert _labels(warehouse, name) == [name]


_UNDECLARE = [
    f"delete from {table} where grid_key in"
    " (select grid_key from grid where name = 'loose')"
    for table in ("grid_cell", "grid_name", "grid")
]


def test_versions_that_stay_are_numbered_anew(fill: Fill, made: Made) -> None:
    """What was the second one is the first one then."""
    _then(made)
    _now(made)
    for day, classes in ((2, ["x"]), (3, ["x", "y", "x"])):
        made.dataset("d", classes, content=f"day {day}", day=day)
        cell = _cell(made)
        made.run(cell, {"ami": day / 10})
        _grid(made, [cell], day=day)
    warehouse = fill(made)
    ami = {"label": "d@3"}
    sql = "select ami from scored_cell where grid is null and dataset = $label"
    assert warehouse.read(sql, ami).rows == [(0.2,)]
    prune(warehouse)
    assert _labels(warehouse) == ["d@1", "d"]
    assert warehouse.read(sql, {"label": "d@1"}).rows == [(0.2,)]


def test_what_breaks_a_rule_is_not_removed(fill: Fill, made: Made) -> None:
    """All of it is one transaction with the audits; no file goes before it."""
    _then(made)
    made.embedding("e", "d")
    _now(made)
    warehouse = fill(made)
    _break(warehouse)
    before = contents(warehouse)
    with pytest.raises(LoadError, match="audit"):
        prune(warehouse)
    assert contents(warehouse) == before
    assert len(list(Store(warehouse.store_path).keys())) == 1


def _break(warehouse: Warehouse) -> None:
    """Let a score lie out of its range, past the audits."""
    import duckdb

    with duckdb.connect(warehouse.path) as connection:
        connection.execute(
            "insert into score values ('r', 'nmi', 'labels', 'all', '', 2, null)"
        )


def test_files_that_a_kill_left_go_with_the_next_call(
    fill: Fill, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows go first: an array without a row that nothing needs is found again."""
    _then(made)
    made.embedding("e", "d")
    _now(made)
    warehouse = fill(made)
    with monkeypatch.context() as patch:
        patch.setattr(Heap, "remove", _killed)
        with pytest.raises(KeyboardInterrupt):
            prune(warehouse)
    assert warehouse.read("select count(*) from embedding").rows == [(0,)]
    assert warehouse.audit() == []
    assert len(list(Store(warehouse.store_path).keys())) == 1
    freed = prune(warehouse)
    assert {heap.kind for heap in freed.heaps if heap.paths} == {"unused arrays"}
    assert not list(Store(warehouse.store_path).keys())


def _killed(_: Heap) -> None:
    raise KeyboardInterrupt


def test_an_ingest_that_began_meanwhile_is_waited_for(fill: Fill, made: Made) -> None:
    """What it declares is looked at before anything goes."""
    _then(made)
    _now(made)
    warehouse = fill(made)
    waits = threading.Event()
    said: list[str] = []

    def on_wait(line: str) -> None:
        said.append(line)
        waits.set()

    pruning = threading.Thread(
        target=prune, args=(warehouse,), kwargs={"on_wait": on_wait}
    )
    with warehouse.ingest_turn(lambda _: None):
        pruning.start()
        assert waits.wait(30)
        assert _labels(warehouse) == ["d@1", "d"]
    pruning.join(60)
    assert said[0].startswith("waiting for process")
    assert said[0].endswith("which fills this warehouse")
    assert _labels(warehouse) == ["d"]
