from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.upkeep.conftest import contents
from tests.upkeep.versions import cell_of, relabelled, replaced, values
from zsc_wh.engine.heartbeat import Heartbeat
from zsc_wh.engine.store_use import shared_use
from zsc_wh.errors import LockedError
from zsc_wh.store import Store
from zsc_wh.upkeep.criteria import Criteria
from zsc_wh.upkeep.forgetting import find_forgettable, forget
from zsc_wh.upkeep.pruning import prune

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.queries.made import Made
    from tests.upkeep.conftest import Fill
    from zsc_wh.warehouse import Warehouse


def test_a_name_that_holds_now_reopens_its_cells(fill: Fill, made: Made) -> None:
    """Also where an earlier declaration wants them too: they were asked for."""
    warehouse = fill(relabelled(made))
    found = find_forgettable(warehouse, Criteria(dataset=("d",)))
    assert (found.reopened, found.kept) == (1, 0)
    assert forget(warehouse, Criteria(dataset=("d",))).runs == 1
    for table in ("run", "score", "assignment"):
        assert warehouse.read(f"select count(*) from {table}").rows == [(0,)]
    assert warehouse.read("select count(*) from grid_cell").rows == [(2,)]


def test_all_criteria_must_hold(fill: Fill, made: Made) -> None:
    """Names, version, seed and status narrow each other."""
    replaced(made)
    made.run(cell_of(made, seed=2), {"ami": 0.7}, status="degenerate")
    warehouse = fill(made)
    for asked, reopened in (
        (Criteria(dataset=("d",), seed=(2,)), 1),
        (Criteria(dataset=("d@1",), seed=(2,)), 0),
        (
            Criteria(
                dataset=("d@1",),
                encoder=("e",),
                reducer=("none",),
                clusterer=("kmeans",),
            ),
            1,
        ),
        (Criteria(dataset=("d@1",), clusterer=("other",)), 0),
        (Criteria(dataset=("d@1",), encoder=("e",), reducer=("none",)), 1),
        (Criteria(status=("degenerate",)), 1),
        (Criteria(status=("degenerate", "failed"), seed=(1, 2)), 1),
        (Criteria(dataset=("d", "other"), seed=(2,)), 1),
        (Criteria(status=("failed",)), 0),
    ):
        assert find_forgettable(warehouse, asked).reopened == reopened, asked


def test_a_grid_is_what_it_wants_now(fill: Fill, made: Made) -> None:
    """Its cells are reopened, whatever else wants them."""
    relabelled(made)
    made.grid("other", [cell_of(made)])
    warehouse = fill(made)
    assert forget(warehouse, Criteria(grid=("mine",))).runs == 1


def test_of_what_a_grid_wanted_before_only_the_rest_is_reopened(
    fill: Fill, made: Made
) -> None:
    """Cells that any grid wants under other names keep their runs."""
    made.dataset("d", ["x", "y"])
    cells = [cell_of(made, seed=seed) for seed in range(3)]
    for cell, ami in zip(cells, (0.1, 0.2, 0.3), strict=True):
        made.run(cell, {"ami": ami})
    made.grid("mine", cells)
    made.grid("mine", cells[:1], day=1)
    made.grid("other", cells[1:2])
    warehouse = fill(made)
    asked = Criteria(grid=("mine@1",))
    found = find_forgettable(warehouse, asked)
    assert (found.reopened, found.kept, found.scores) == (1, 2, 0)
    forget(warehouse, asked)
    assert values(warehouse) == [0.1, 0.2]
    prune(warehouse)
    rows = warehouse.read("select grid from grid_version order by grid").rows
    assert rows == [("mine",), ("other",)]


def test_names_of_a_grid_are_those_that_it_has(fill: Fill, made: Made) -> None:
    """Within a grid a name needs no version, and may have one."""
    warehouse = fill(replaced(made))
    for dataset in ("d", "d@1"):
        asked = Criteria(grid=("mine@1",), dataset=(dataset,))
        assert find_forgettable(warehouse, asked).reopened == 1
    asked = Criteria(grid=("mine",), dataset=("d@1",))
    assert find_forgettable(warehouse, asked).reopened == 0


def test_a_key_means_the_cell(fill: Fill, made: Made) -> None:
    """Whatever it is called, and whoever wanted it."""
    warehouse = fill(replaced(made))
    key = str(warehouse.read("select cell_key from past_result").rows[0][0])
    assert forget(warehouse, Criteria(cell=(key,))).runs == 1
    assert values(warehouse) == [0.6]


def _probed(made: Made) -> Made:
    """Probe both versions of a dataset, which has two cells in the first one."""
    made.dataset("train", ["x", "y"])
    made.embedding("e", "train")
    for day, seeds in ((0, (1, 2)), (1, (1,))):
        made.dataset("d", ["x", "y"], content=f"day {day}", day=day, train="train")
        made.embedding("e", "d")
        made.probe("e", "train", "d", {"accuracy": day / 10}, k=20)
        cells = [cell_of(made, seed=seed) for seed in seeds]
        for cell in cells:
            made.run(cell, {"ami": 0.5})
        made.grid("mine", cells, day=day)
    return made


def _accuracies(warehouse: Warehouse) -> list[float]:
    rows = warehouse.read(
        "select value from probe inner join probe_score using (probe_key)"
        " order by value"
    ).rows
    return [value for (value,) in rows]


def test_probes_go_with_the_last_cell_of_a_version(fill: Fill, made: Made) -> None:
    """As long as a cell of the embedding has a result, its probes have a name."""
    warehouse = fill(_probed(made))
    forget(warehouse, Criteria(dataset=("d@1",), seed=(1,)))
    assert _accuracies(warehouse) == [0.0, 0.1]
    forget(warehouse, Criteria(dataset=("d@1",), seed=(2,)), arrays=True)
    assert _accuracies(warehouse) == [0.1]
    assert warehouse.read("select count(*) from embedding").rows == [(2,)]


@pytest.mark.parametrize("asked", [Criteria(dataset=("d",)), Criteria(grid=("mine",))])
def test_probes_of_what_is_wanted_now_stay(
    fill: Fill, made: Made, asked: Criteria
) -> None:
    """Reopening cells is no reason to probe again."""
    warehouse = fill(_probed(made))
    forget(warehouse, asked, arrays=True)
    assert _accuracies(warehouse) == [0.0, 0.1]
    assert warehouse.read("select count(*) from embedding").rows == [(3,)]


def test_a_key_leaves_probes_alone(fill: Fill, made: Made) -> None:
    """It means one cell, not the version."""
    warehouse = fill(_probed(made))
    for (key,) in warehouse.read("select cell_key from past_result").rows:
        forget(warehouse, Criteria(cell=(key,)))
    assert _accuracies(warehouse) == [0.0, 0.1]


def test_declarations_do_not_change_under_an_ingest(fill: Fill, made: Made) -> None:
    """It may count on those that it found; runs alone can be forgotten meanwhile."""
    warehouse = fill(relabelled(made))
    Heartbeat(warehouse.inbox, ["night"]).beat(0, 1, 0, [])
    before = contents(warehouse)
    with pytest.raises(LockedError, match="ingest of night is running"):
        forget(warehouse, Criteria(dataset=("d@1",)))
    assert contents(warehouse) == before
    assert forget(warehouse, Criteria(dataset=("d",))).runs == 1


def test_arrays_are_not_freed_under_an_ingest(fill: Fill, made: Made) -> None:
    """What it is about to read stays."""
    warehouse = fill(replaced(made))
    Heartbeat(warehouse.inbox, ["night"]).beat(0, 1, 0, [])
    before = contents(warehouse)
    with pytest.raises(LockedError, match="ingest of night is running"):
        forget(warehouse, Criteria(dataset=("d",)), arrays=True)
    assert contents(warehouse) == before
    assert list(Store(warehouse.store_path).keys())


def test_arrays_are_not_freed_under_an_ingest_of_another_warehouse(
    fill: Fill, made: Made
) -> None:
    """A store may belong to several warehouses, by a link."""
    warehouse = fill(replaced(made))
    with (
        shared_use(warehouse.store_path, warehouse.path),
        pytest.raises(LockedError, match="an ingest uses this store"),
    ):
        forget(warehouse, Criteria(dataset=("d",)), arrays=True)
    assert forget(warehouse, Criteria(dataset=("d",)), arrays=True).arrays == 1


def test_arrays_that_another_warehouse_needs_stay(fill: Fill, made: Made) -> None:
    """Also at rest: with one store, what is freed here may be all that it has."""
    warehouse = fill(replaced(made))
    twin = warehouse.path.with_name("twin.duckdb")
    shutil.copy(warehouse.path, twin)
    Path(f"{twin}.store").symlink_to(warehouse.store_path)
    stored = list(Store(warehouse.store_path).keys())
    assert forget(warehouse, Criteria(dataset=("d",)), arrays=True).arrays == 0
    assert list(Store(warehouse.store_path).keys()) == stored


def _keys(warehouse: Warehouse, table: str) -> Sequence[str]:
    return [key for (key,) in warehouse.read(f"select {table}_key from {table}").rows]


def test_arrays_that_kept_cells_use_stay(fill: Fill, made: Made) -> None:
    """Only reopened cells give theirs up."""
    made.dataset("d", ["x", "y"])
    for seed in (1, 2):
        made.reduction("e", "d", "none", seed)
        made.run(cell_of(made, seed=seed), {"ami": 0.5})
    made.embedding("e", "d")
    made.grid("mine", made.rows["cell"])
    made.grid("mine", list(made.rows["cell"])[:1], day=1)
    kept = next(iter(made.rows["cell"].values()))["reduction_key"]
    warehouse = fill(made)
    assert forget(warehouse, Criteria(grid=("mine@1",)), arrays=True).arrays == 1
    assert _keys(warehouse, "reduction") == [kept]
    assert len(_keys(warehouse, "embedding")) == 1
