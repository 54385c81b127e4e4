"""Versions of names, and what grids wanted before, are compared."""

from __future__ import annotations

from statistics import stdev
from typing import TYPE_CHECKING

import pytest
from scipy.stats import t

from tests.results.cells import add_cells, made_up
from zsc_wh.results.comparing import Compared, Side, compare
from zsc_wh.results.versions import find_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.queries.made import Made
    from tests.results.conftest import Store
    from zsc_wh.warehouse import Warehouse


def _relabelled(old: Sequence[float], new: Sequence[float]) -> Made:
    """Correct a label after some seeds had run, and score these again."""
    made = made_up()
    made.grid("mine", add_cells(made, dict(enumerate(old))))
    runs = {row["cell_key"]: key for key, row in made.rows["run"].items()}
    made.dataset("d", ["x", "y", "y"], content="d", day=1)
    cells = [made.cell("e", "d", "none", "kmeans", seed) for seed in range(len(new))]
    for cell, ami in zip(cells, new, strict=True):
        made.level_score(runs[cell], "class", ami)
    made.grid("mine", cells, day=1)
    return made


def _replaced() -> Made:
    """Replace the images of a dataset, and an encoder that one side lacks."""
    made = made_up()
    made.encoder("f")
    made.grid(
        "mine",
        [*add_cells(made, {0: 0.4}), *add_cells(made, {0: 0.1}, dataset="other")],
    )
    made.dataset("d", ["x", "y"], content="new", day=1)
    new = made.cell("f", "d", "none", "kmeans", seed=0)
    made.run(new, {"ami": 0.3})
    made.grid("mine", [*add_cells(made, {0: 0.5}), new], day=1)
    return made


def _versions(warehouse: Warehouse, a: str, b: str) -> list[Compared]:
    sides = find_versions(warehouse, (a, b))
    left, right = (Side(warehouse, version=version) for version in sides)
    return compare(left, right, "ami")


def test_versions_share_runs_and_have_scores_of_their_own(store: Store) -> None:
    """After a corrected label, old and new scores of one run are compared."""
    warehouse = store(_relabelled([0.4, 0.6], [0.5, 0.7]))
    (row,) = _versions(warehouse, "d@1", "d")
    assert (row.n_a, row.n_b) == (2, 2)
    assert (row.a, row.b) == pytest.approx((0.5, 0.6))
    (row,) = _versions(warehouse, "d", "d@1")
    assert (row.a, row.b) == pytest.approx((0.6, 0.5))


def test_versions_are_matched_by_all_other_names(store: Store) -> None:
    """They have one name then, and are not told to differ, which they do by intent."""
    rows = _versions(store(_replaced()), "d@1", "d")
    assert [(row.names.encoder, row.names.dataset, row.a, row.b) for row in rows] == [
        ("e", "d", 0.4, 0.5),
        ("f", "d", None, 0.3),
    ]
    assert not any(row.redeclared for row in rows)


def test_what_grids_wanted_before_can_be_compared(store: Store) -> None:
    """Each declaration of a grid has its own cells, under its own names."""
    warehouse = store(_replaced())
    rows = compare(Side(warehouse, grid="mine@1"), Side(warehouse, grid="mine"), "ami")
    assert [(row.names.dataset, row.names.encoder, row.a, row.b) for row in rows] == [
        ("d", "e", 0.4, 0.5),
        ("other", "e", 0.1, None),
        ("d", "f", None, 0.3),
    ]
    assert rows[0].redeclared


@pytest.mark.parametrize(
    ("metric", "redeclared"), [("ami", True), ("silhouette", False)]
)
def test_labels_redeclare_what_they_judge(
    store: Store, metric: str, redeclared: bool
) -> None:
    """A corrected label is another meaning of scores against it, and of no other."""
    warehouse = store(_relabelled([0.4], [0.5]))
    before, now = (Side(warehouse, grid=label) for label in ("mine@1", "mine"))
    (row,) = compare(before, now, metric)
    assert row.redeclared is redeclared


def test_a_warehouse_is_what_its_grids_want_now(store: Store) -> None:
    """What earlier declarations wanted is no part of a file."""
    warehouse = store(_replaced())
    rows = compare(Side(warehouse), Side(warehouse), "ami")
    assert [(row.names.encoder, row.a) for row in rows] == [("e", 0.5), ("f", 0.3)]


@pytest.mark.parametrize(("shift", "verdict"), [(1.0, True), (2.0, False)])
def test_the_same_runs_tell_the_noise_once(
    store: Store, shift: float, verdict: bool
) -> None:
    """Other labels are not further seeds, and give no degrees of freedom."""
    old = (0.4, 0.6)
    new = [value + shift for value in old]
    assert 1.0 < t.ppf(0.975, 1) * stdev(old) < 2.0
    assert t.ppf(0.975, 2) * stdev(old) < 1.0
    (row,) = _versions(store(_relabelled(old, new)), "d@1", "d")
    assert row.noise_sd == pytest.approx(stdev(old))
    assert row.within_noise is verdict


def test_each_name_of_a_cell_has_its_noise(store: Store) -> None:
    """Two names of one thing in a grid share its seeds."""
    made = made_up()
    made.clusterer("twin", content="kmeans", title="Twin")
    cells = add_cells(made, {0: 0.4, 1: 0.6})
    twins = [made.cell("e", "d", "none", "twin", seed) for seed in (0, 1)]
    made.grid("mine", [*cells, *twins])
    warehouse = store(made)
    rows = compare(Side(warehouse), Side(warehouse), "ami")
    assert [(row.names.clusterer, row.noise_from) for row in rows] == [
        ("kmeans", "cell"),
        ("twin", "cell"),
    ]
