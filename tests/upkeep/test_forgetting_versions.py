"""What is forgotten of a version that shares runs with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.upkeep.conftest import contents
from tests.upkeep.versions import amis, cell_of, labelled, relabelled, replaced, values
from zsc_wh.store import Store
from zsc_wh.upkeep.criteria import Criteria
from zsc_wh.upkeep.forgetting import find_forgettable, forget
from zsc_wh.upkeep.pruning import prune

if TYPE_CHECKING:
    from tests.queries.made import Made
    from tests.upkeep.conftest import Fill


def test_a_version_loses_only_its_scores_where_its_run_is_shared(
    fill: Fill, made: Made
) -> None:
    """Run, assignment, scores without labels and those of now stay."""
    warehouse = fill(relabelled(made))
    asked = Criteria(dataset=("d@1",))
    found = find_forgettable(warehouse, asked)
    assert (found.reopened, found.kept, found.scores) == (0, 1, 1)
    forgotten = forget(warehouse, asked, arrays=True)
    assert (forgotten.runs, forgotten.scores, forgotten.arrays) == (0, 1, 0)
    assert values(warehouse) == [0.3, 0.6]
    assert amis(warehouse) == {(None, "d"): 0.6, ("mine", "d"): 0.6}
    assert warehouse.read("select count(*) from assignment").rows == [(1,)]


def test_what_is_forgotten_of_a_version_can_be_pruned(fill: Fill, made: Made) -> None:
    """Nothing keeps its name, labels and declaration then."""
    warehouse = fill(relabelled(made))
    assert prune(warehouse).is_empty
    forget(warehouse, Criteria(dataset=("d@1",)))
    prune(warehouse)
    rows = warehouse.read("select label from name_version where name = 'd'").rows
    assert rows == [("d",)]
    assert warehouse.read("select grid from grid_version").rows == [("mine",)]
    assert warehouse.read("select count(*) from label").rows == [(1,)]
    assert values(warehouse) == [0.3, 0.6]


def test_a_declaration_that_loses_a_cell_gets_another_key(
    fill: Fill, made: Made
) -> None:
    """An ingest that finds the key of the whole would not declare it again."""
    relabelled(made)
    (old, new) = made.rows["grid"]
    warehouse = fill(made)
    forget(warehouse, Criteria(dataset=("d@1",)))
    keys = {key for (key,) in warehouse.read("select grid_key from grid").rows}
    assert new in keys
    assert old not in keys
    assert len(keys) == 2
    assert warehouse.read("select grid_key from grid_cell").rows == [(new,)]


def test_labels_that_both_versions_have_stay(fill: Fill, made: Made) -> None:
    """A level that did not change is still wanted."""
    relabelled(made)
    (run,) = made.rows["run"]
    for row in [*made.rows["dataset_name"].values()]:
        level = {
            "labelling_key": row["labelling_key"],
            "level": "fine",
            "depth": 1,
            "is_target": False,
            "label_key": "f" * 64,
        }
        made.rows["label_level"][f"{row['labelling_key']}|fine"] = level
    (some, *_) = made.rows["label"].values()
    made.rows["label"]["fine"] = some | {"label_key": "f" * 64}
    made.rows["score"]["fine"] = made.rows["score"][f"{run}|ami"] | {
        "label_key": "f" * 64,
        "value": 0.5,
    }
    warehouse = fill(made)
    forget(warehouse, Criteria(dataset=("d@1",)))
    assert values(warehouse) == [0.3, 0.5, 0.6]


def test_a_version_with_runs_of_its_own_is_reopened(fill: Fill, made: Made) -> None:
    """Other images share nothing with those of now."""
    warehouse = fill(replaced(made))
    forgotten = forget(warehouse, Criteria(dataset=("d@1",)), arrays=True)
    assert (forgotten.runs, forgotten.arrays) == (1, 1)
    assert values(warehouse) == [0.6]
    assert len([*Store(warehouse.store_path).keys()]) == 1
    prune(warehouse)
    assert warehouse.read("select count(*) from dataset").rows == [(1,)]


@pytest.mark.parametrize(
    "asked",
    [
        Criteria(status=("done",)),
        Criteria(encoder=("e",)),
        Criteria(seed=(1,)),
        Criteria(dataset=("d",)),
    ],
    ids=str,
)
def test_without_a_version_what_was_wanted_before_is_left_alone(
    fill: Fill, made: Made, asked: Criteria
) -> None:
    """It is told how many match that are wanted no longer."""
    warehouse = fill(replaced(made))
    found = find_forgettable(warehouse, asked)
    # the label of what was before is d@1, which "d" does not match
    assert (found.reopened, found.unasked) == (1, int(not asked.dataset))
    forget(warehouse, asked)
    assert values(warehouse) == [0.4]


def test_a_version_that_another_grid_wants_keeps_its_scores(
    fill: Fill, made: Made
) -> None:
    """A grid that was not ingested again still wants what its names meant."""
    old = labelled(made, "y", 0)
    run = made.run(old, {"ami": 0.4})
    made.grid("stale", [old])
    new = labelled(made, "x", 1)
    made.level_score(run, "class", 0.6)
    made.grid("mine", [new], day=1)
    warehouse = fill(made)
    before = contents(warehouse)
    found = find_forgettable(warehouse, Criteria(dataset=("d@1",)))
    assert (found.reopened, found.kept, found.scores, found.withdrawn) == (0, 1, 0, 0)
    forget(warehouse, Criteria(dataset=("d@1",)))
    assert contents(warehouse) == before


def test_a_version_that_a_grid_wants_alone_is_reopened(fill: Fill, made: Made) -> None:
    """Where no other name has the cell, the version is its name."""
    made.dataset("d", ["x", "y"])
    old = cell_of(made)
    made.run(old, {"ami": 0.4})
    made.grid("stale", [old])
    made.dataset("d", ["x", "y"], content="new", day=1)
    made.grid("mine", [cell_of(made)], day=1)
    warehouse = fill(made)
    assert forget(warehouse, Criteria(dataset=("d@1",))).runs == 1
    assert warehouse.read("select count(*) from grid_cell").rows == [(2,)]


def test_a_status_reopens_what_a_stale_grid_wants(fill: Fill, made: Made) -> None:
    """What is wanted now is asked for, by whatever version of a name."""
    old = labelled(made, "y", 0)
    made.run(old, status="failed")
    made.grid("stale", [old])
    made.grid("mine", [labelled(made, "x", 1)], day=1)
    warehouse = fill(made)
    assert forget(warehouse, Criteria(status=("failed",))).runs == 1


def test_versions_that_were_not_asked_for_keep_a_shared_run(
    fill: Fill, made: Made
) -> None:
    """Two earlier versions with one cell: one of them is forgotten alone."""
    old = labelled(made, "y", 0)
    run = made.run(old, {"ami": 0.4})
    made.grid("mine", [old])
    made.grid("mine", [labelled(made, "x", 1)], day=1)
    made.level_score(run, "class", 0.6)
    made.dataset("d", ["x", "y"], content="new", day=2)
    made.grid("mine", [cell_of(made)], day=2)
    warehouse = fill(made)
    forget(warehouse, Criteria(dataset=("d@1",)))
    assert values(warehouse) == [0.6]
    # both have no other name then
    forget(warehouse, Criteria(dataset=("d@2",)))
    assert values(warehouse) == []
