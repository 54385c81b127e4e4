"""Probes follow the train set that a dataset names now, in its labels of now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made
from tests.queries.test_names import NAMES, things

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def relabelled() -> Made:
    """Correct a label of the train set of a dataset, and probe again."""
    made = Made()
    things(made)
    made.dataset("refs", ["a", "b", "a"])
    made.dataset("photos", ["a", "b"], train="refs", ignored=["x.txt"])
    cell = made.cell(*NAMES)
    made.run(cell, {"ami": 0.5})
    made.grid("mine", [cell], day=0)
    made.probe("dino", "refs", "photos", {"accuracy": 0.9}, k=20, temperature=0.07)
    made.dataset("refs", ["a", "b", "b"], content="refs", ignored=["y.db"], day=1)
    made.probe("dino", "refs", "photos", {"accuracy": 0.4}, k=20, temperature=0.07)
    made.grid("mine", [made.cell(*NAMES)], day=1)
    made.unreadable("dino", "refs", {0: "torn"})
    return made


@pytest.mark.parametrize("grid", [None, "mine"])
def test_probes_are_those_of_the_train_set_of_now(
    ask_of: Callable[[Made], Ask],
    relabelled: Made,
    grid: str | None,
) -> None:
    """A corrected train label brings another probe, which is not mixed with the old."""
    ask = ask_of(relabelled)
    rows = ask("probes", grid=grid)
    assert [(row["train"], row["accuracy"]) for row in rows] == [("refs", 0.4)]
    points = ask("probe_points", grid=grid)
    assert [(row["accuracy"], row["n_runs"]) for row in points] == [(0.4, 1)]
    summary = ask("knn_vs_ami", grid=grid)
    assert {(row["n_points"], row["n_runs"]) for row in summary} == {(1, 1)}
    assert [row["knn_accuracy"] for row in ask("results", grid=grid)] == [0.4]


def test_a_probe_of_then_belongs_to_the_declaration_of_then(
    ask_of: Callable[[Made], Ask], relabelled: Made
) -> None:
    """An older declaration has the train set that it named, in its old labels."""
    other = relabelled.cell("dino", "photos", "none", "kmeans", seed=2)
    relabelled.grid("mine", [other], day=2)
    ask = ask_of(relabelled)
    assert [row["accuracy"] for row in ask("probes", grid="mine@1")] == [0.9]
    assert [row["knn_accuracy"] for row in ask("results", grid="mine@1")] == [0.9]
    assert [row["accuracy"] for row in ask("probes", grid="mine@2")] == [0.4]


def test_a_train_set_is_part_of_what_is_wanted(
    ask_of: Callable[[Made], Ask], relabelled: Made
) -> None:
    """Its row, its ignored files and its unreadable samples are listed as well."""
    ask = ask_of(relabelled)
    assert [row["dataset"] for row in ask("datasets")] == ["photos", "refs"]
    files = [(row["dataset"], row["file"]) for row in ask("ignored")]
    assert files == [("photos", "x.txt"), ("refs", "y.db")]
    rows = ask("unreadable")
    assert [(row["dataset"], row["sample_id"]) for row in rows] == [
        ("refs", "image-00000.png")
    ]
