"""Names that change their meaning: versions, corrected labels, facts that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import START, Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

NAMES = ("dino", "photos", "none", "kmeans")


def things(made: Made) -> None:
    """Declare what all warehouses here have."""
    made.encoder("dino", licence="MIT", title="DINO")
    made.reducer("none")
    made.clusterer("kmeans")


@pytest.fixture
def corrected() -> Made:
    """Correct one label of a dataset after its cell has run, and score it again."""
    made = Made()
    things(made)
    made.dataset("photos", ["cat", "dog", "cat", "dog"], group="far", title="Photos")
    embedding = made.embedding("dino", "photos")
    made.array_score(embedding, "silhouette", 0.1)
    old = made.cell(*NAMES)
    made.grid("mine", [old], day=0)
    run = made.run(old, {"ami": 0.3}, labels=[0, 1, 0, 1])
    made.level_score(run, "class", 0.35, "ami_true")
    made.dataset(
        "photos",
        ["cat", "dog", "cat", "cat"],
        content="photos",
        licence="CC0",
        title="My photos",
        day=1,
    )
    new = made.cell(*NAMES)
    made.grid("mine", [new], day=1)
    made.array_score(embedding, "silhouette", 0.2)
    made.level_score(run, "class", 0.9)
    made.level_score(run, "class", 0.95, "ami_true")
    assert old == new
    return made


@pytest.mark.parametrize(
    ("params", "dataset", "ami"),
    [
        ({}, "photos", 0.9),
        ({"dataset": "photos"}, "photos", 0.9),
        ({"dataset": "photos@1"}, "photos@1", 0.3),
        ({"grid": "mine@1"}, "photos", 0.3),
    ],
)
def test_scores_stay_with_the_labels_that_they_were_made_of(
    ask_of: Callable[[Made], Ask],
    corrected: Made,
    params: dict[str, str],
    dataset: str,
    ami: float,
) -> None:
    """One clustering has its old score under the old name, the new under the new."""
    ask = ask_of(corrected)
    for name in ("results", "best_cells", "silhouette_points", "level_scores"):
        rows = ask(name, **params | _space(name))
        assert {(row["dataset"], row["ami"]) for row in rows} == {(dataset, ami)}, name
    true = {row["ami_true"] for row in ask("level_scores", **params)}
    assert true == {0.35 if ami == 0.3 else 0.95}
    values = [row["value"] for row in ask("array_scores", **params)]
    assert values == [0.1 if ami == 0.3 else 0.2]


def _space(name: str) -> dict[str, Any]:
    """Return the space of the points to take: a clustering has one in each."""
    return {"space": "umap"} if name == "silhouette_points" else {}


@pytest.mark.parametrize(
    ("grid", "imbalance", "licence", "title", "version"),
    [
        (None, 3.0, "CC0", "My photos", "photos"),
        ("mine", 3.0, "CC0", "My photos", "photos"),
        ("mine@1", 1.0, None, "Photos", "photos@1"),
    ],
)
def test_a_dataset_is_described_as_it_is_meant(
    ask_of: Callable[[Made], Ask],
    corrected: Made,
    grid: str | None,
    imbalance: float,
    licence: str | None,
    title: str,
    version: str,
) -> None:
    """Facts and labels are those of the version, on the same images."""
    (row,) = ask_of(corrected)("datasets", grid=grid)
    assert (row["imbalance"], row["licence"], row["title"], row["version"]) == (
        imbalance,
        licence,
        title,
        version,
    )
    assert row["dataset_key"] == corrected.rows["dataset"]["photos"]["dataset_key"]
    assert (row["target_level"], row["n_classes"], row["n_samples"]) == ("class", 2, 4)


def test_assignments_come_with_the_labels_of_now(
    ask_of: Callable[[Made], Ask], corrected: Made
) -> None:
    """Of all labels that a cell is known with, those that its name means now."""
    (cell,) = corrected.rows["cell"]
    ask = ask_of(corrected)
    rows = ask("assignments", cell=str(cell))
    assert [row["label"] for row in rows] == ["cat", "dog", "cat", "cat"]
    assert [row["sample_id"] for row in rows][:1] == ["image-00000.png"]


def test_assignments_come_under_the_name_of_now(
    ask_of: Callable[[Made], Ask],
) -> None:
    """An older name does not bring its labels back."""
    made = Made()
    things(made)
    made.dataset("album", ["cat", "dog"])
    made.grid("mine", [made.cell("dino", "album", "none", "kmeans")], day=0)
    made.dataset("photos", ["ant", "bee"], content="album", day=1)
    cell = made.cell(*NAMES)
    made.grid("mine", [cell], day=1)
    made.run(cell, {"ami": 0.5}, labels=[0, 1])
    made.reducer("umap-2")
    made.embedding("dino", "photos")
    made.projection("dino", "photos", [(0, 0), (1, 1)])
    ask = ask_of(made)
    for name, param in (("assignments", "cell"), ("projection", "cell")):
        rows = ask(name, **{param: str(cell)})
        assert [row["label"] for row in rows] == ["ant", "bee"], name


def test_a_corrected_fact_is_no_version(ask_of: Callable[[Made], Ask]) -> None:
    """Title, family and licence follow the newest declaration."""
    made = Made()
    things(made)
    made.dataset("photos", ["a", "b"])
    made.grid("mine", [made.cell(*NAMES)])
    made.encoder("dino", "multimodal", licence="GPL", title="DINO v1", day=1)
    ask = ask_of(made)
    (row,) = ask("encoders")
    facts = ("encoder", "version", "family", "licence", "title")
    assert [row[fact] for fact in facts] == [
        "dino",
        "dino",
        "multimodal",
        "GPL",
        "DINO v1",
    ]
    assert [row["label"] for row in ask("names", kind="encoder")] == ["dino"]


def test_names_are_listed_with_their_versions(
    ask_of: Callable[[Made], Ask], corrected: Made
) -> None:
    """Each meaning has its label, its title, and the cells that are known under it."""
    ask = ask_of(corrected)
    rows = ask("names", name="photos")
    columns = ("version", "label", "is_current", "title", "n_cells", "n_closed")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        (1, "photos@1", False, "Photos", 1, 1),
        (2, "photos", True, "My photos", 1, 1),
    ]
    assert rows[0]["first_at"] == rows[0]["declared_at"] == START
    assert rows[0]["meaning"] != rows[1]["meaning"]
    kinds = [row["kind"] for row in ask("names")]
    assert kinds == ["encoder", "dataset", "dataset", "reducer", "clusterer"]
    assert [row["name"] for row in ask("names", kind="reducer")] == ["none"]


def test_a_name_that_comes_back_is_its_old_version(
    ask_of: Callable[[Made], Ask], corrected: Made
) -> None:
    """What is declared again is current again; the other meaning gets the label."""
    corrected.dataset(
        "photos", ["cat", "dog", "cat", "dog"], group="far", title="Photos", day=2
    )
    corrected.grid("mine", [corrected.cell(*NAMES)], day=2)
    ask = ask_of(corrected)
    labels = {row["version"]: row["label"] for row in ask("names", name="photos")}
    assert labels == {1: "photos", 2: "photos@2"}
    assert [row["ami"] for row in ask("results")] == [0.3]
    assert [row["ami"] for row in ask("results", dataset="photos@2")] == [0.9]
