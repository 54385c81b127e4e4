"""What a query counts: the newest declarations of the grids, under the names of now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import Cell, Made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.queries.conftest import Ask

ENCODERS = ("dino", "resnet")
CLUSTERERS = ("kmeans", "spectral")


def cross(
    made: Made,
    encoders: Iterable[str] = ENCODERS,
    datasets: Iterable[str] = ("photos",),
    clusterers: Iterable[str] = CLUSTERERS,
) -> list[Cell]:
    """Declare a cross product as the names are meant now."""
    return [
        made.cell(encoder, dataset, "none", clusterer)
        for encoder in encoders
        for dataset in datasets
        for clusterer in clusterers
    ]


def done(made: Made, cells: Iterable[Cell], ami: float = 0.5) -> None:
    """Close cells, no two with the same score."""
    for place, cell in enumerate(cells):
        scores = {"ami": ami + place / 100, "silhouette_umap": ami - place / 100}
        made.run(cell, scores, labels=[0, 1, 0])


@pytest.fixture
def made() -> Made:
    """Declare the things that all grids here are made of."""
    made = Made()
    for encoder in ENCODERS:
        made.encoder(encoder, "supervised" if encoder == "resnet" else "ssl")
    made.dataset("photos", ["a", "b", "a"], group="far")
    made.reducer("none")
    for clusterer in CLUSTERERS:
        made.clusterer(clusterer)
    return made


@pytest.fixture
def edited(made: Made) -> Made:
    """Edit a grid three times: a typo mended, a photo added, a clusterer dropped."""
    made.encoder("dimo")
    first = cross(made, encoders=("dimo", "resnet"), clusterers=(*CLUSTERERS,))
    made.grid("mine", first, day=0)
    for cell in first[:2]:
        made.run(cell, status="failed", reason="no such weights")
    done(made, first[2:], ami=0.3)
    made.task("embed", made.rows["cell"][first[0]]["embedding_key"], 1, status="failed")
    made.grid("mine", cross(made), day=1)
    made.dataset("photos", ["a", "b", "a", "b"], group="far", content="photos+1", day=2)
    made.grid("mine", cross(made), day=2)
    last = cross(made, clusterers=("kmeans",))
    made.grid("mine", last, day=3)
    done(made, last)
    return made


def test_nothing_of_an_old_declaration_is_missing_or_failed(
    ask_of: Callable[[Made], Ask], edited: Made
) -> None:
    """After three edits all that is wanted is there, and nothing else is counted."""
    ask = ask_of(edited)
    for name in ("missing_cells", "failures", "failure_reasons", "failed_tasks"):
        assert ask(name) == [], name
    (row,) = ask("coverage")
    assert (row["grid"], row["subject"]) == ("mine", "photos")
    assert (row["cells"], row["closed"]) == (2, 2)
    (head,) = ask("overview")
    counts = ("n_grids", "n_cells", "n_closed", "n_datasets", "n_clusterers")
    assert [head[count] for count in counts] == [1, 2, 2, 1, 1]
    assert head["n_images"] == 4
    assert [row["encoder"] for row in ask("encoders")] == ["dino", "resnet"]


@pytest.mark.parametrize(
    ("name", "column", "n"),
    [
        ("results", "ami", 2),
        ("result_matrix", "value", 2),
        ("best_cells", "ami", 1),
        ("clusterer_ranks", "mean_rank", 1),
        ("encoder_ranks", "mean_rank", 4),
        ("delta_ami", "delta_pp", 2),
        ("level_scores", "ami", 2),
        ("silhouette_points", "ami", 6),
        ("ami_vs_silhouette", "n_points", 3),
    ],
)
def test_nothing_is_empty_or_counted_twice(
    ask_of: Callable[[Made], Ask], edited: Made, name: str, column: str, n: int
) -> None:
    """Completeness is judged over what the newest declaration wants."""
    rows = ask_of(edited)(name)
    assert len(rows) == n
    assert all(row[column] is not None for row in rows)


def test_an_older_declaration_can_be_asked_for(
    ask_of: Callable[[Made], Ask], edited: Made
) -> None:
    """Its label brings back its cells, its names and what it lacked."""
    ask = ask_of(edited)
    rows = ask("results", grid="mine@1")
    assert {(row["encoder"], row["dataset"]) for row in rows} == {("resnet", "photos")}
    assert [row["ami"] for row in rows] == [0.3, 0.31]
    assert len(ask("failures", grid="mine@1")) == 2
    assert ask("failure_reasons", grid="mine@1") == [
        {"reason": "failed: no such weights", "cells": 2}
    ]
    (row,) = ask("coverage", grid="mine@2")
    assert (row["cells"], row["closed"], row["missing"]) == (4, 2, 2)
    (row,) = ask("datasets", grid="mine@1")
    assert (row["dataset"], row["version"], row["n_samples"]) == (
        "photos",
        "photos@1",
        3,
    )
    assert [row["n_images"] for row in ask("overview", grid="mine@1")] == [3]


def test_declarations_are_listed_by_label(
    ask_of: Callable[[Made], Ask], edited: Made
) -> None:
    """A grid has a row; its earlier declarations come when they are asked for."""
    ask = ask_of(edited)
    (row,) = ask("grids")
    assert (row["grid"], row["version"], row["n_declarations"]) == ("mine", 4, 4)
    listed = ask("grids", versions=True, grid="mine")
    assert [(row["grid"], row["n_cells"]) for row in listed] == [
        ("mine", 2),
        ("mine@3", 4),
        ("mine@2", 4),
        ("mine@1", 4),
    ]
    assert [row["version"] for row in ask("grids", grid="mine@2")] == [2]


def two_names(made: Made) -> list[Cell]:
    """Let a newer grid call the same images otherwise, and want fewer clusterers."""
    made.grid("old", cross(made), day=0)
    done(made, cross(made))
    made.dataset("pics", ["a", "b", "a"], group="far", content="photos", day=1)
    cells = cross(made, datasets=("pics",), clusterers=("kmeans",))
    made.grid("new", cells, day=1)
    return cells


@pytest.mark.parametrize(
    ("grid", "names", "n"),
    [("old", {"photos"}, 4), ("new", {"pics"}, 2), (None, {"pics"}, 4)],
)
def test_two_grids_name_one_thing_each_in_its_way(
    ask_of: Callable[[Made], Ask], made: Made, grid: str | None, names: set[str], n: int
) -> None:
    """Each grid shows its own name; without a grid a cell counts once, by the newer."""
    two_names(made)
    rows = ask_of(made)("results", grid=grid)
    assert ({row["dataset"] for row in rows}, len(rows)) == (names, n)


def test_two_names_do_not_tear_a_comparison_apart(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Blocks are complete although one grid wants but a part of what the other does."""
    two_names(made)
    ask = ask_of(made)
    assert [row["n_blocks"] for row in ask("clusterer_ranks")] == [2, 2]
    assert [row["cells"] for row in ask("coverage")] == [2, 4]
    assert [row["n_datasets"] for row in ask("overview")] == [1]


def test_two_names_in_one_grid_are_both_shown(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """They share the results; the cells are counted once."""
    made.dataset("pics", ["a", "b", "a"], content="photos", title="Pictures")
    cells = cross(made, datasets=("photos", "pics"))
    assert len(set(cells)) == 4
    made.grid("mine", cells)
    done(made, cells[:2] + cells[4:6])
    ask = ask_of(made)
    rows = ask("results")
    assert len(rows) == 8
    assert {row["dataset"] for row in rows} == {"photos", "pics"}
    assert {row["title"] for row in ask("datasets")} == {"photos", "Pictures"}
    assert [row["n_cells"] for row in ask("overview")] == [4]
    assert [row["cells"] for row in ask("coverage", by="encoder")] == [2, 2]
    assert [row["n_blocks"] for row in ask("clusterer_ranks")] == [4, 4]


@pytest.fixture
def apart(made: Made) -> Made:
    """Let a name mean different things in two grids; the older one is not renewed."""
    made.grid("a", cross(made), day=0)
    done(made, cross(made), ami=0.2)
    made.dataset("photos", ["a", "b", "b"], content="others", day=1)
    made.grid("b", cross(made), day=1)
    done(made, cross(made), ami=0.8)
    return made


@pytest.mark.parametrize(
    ("params", "want"),
    [
        ({"grid": "a"}, {"photos": 0.2}),
        ({"grid": "b"}, {"photos": 0.8}),
        ({}, {"photos@1": 0.2, "photos": 0.8}),
        ({"dataset": "photos@1"}, {"photos@1": 0.2}),
    ],
)
def test_a_name_means_what_its_grid_means(
    ask_of: Callable[[Made], Ask],
    apart: Made,
    params: dict[str, Any],
    want: dict[str, float],
) -> None:
    """Without a grid, what the name no longer means goes by its label."""
    rows = ask_of(apart)("results", encoder="dino", clusterer="kmeans", **params)
    assert {row["dataset"]: row["ami"] for row in rows} == want


def test_two_meanings_are_two_datasets(
    ask_of: Callable[[Made], Ask], apart: Made
) -> None:
    """Each is compared by itself, and each has a row."""
    ask = ask_of(apart)
    assert [row["n_blocks"] for row in ask("clusterer_ranks")] == [4, 4]
    listed = {row["dataset"]: row["version"] for row in ask("datasets")}
    assert listed == {"photos": "photos", "photos@1": "photos@1"}
    assert {row["subject"] for row in ask("coverage")} == {"photos"}


def test_what_is_wanted_still_is_not_past(
    ask_of: Callable[[Made], Ask], apart: Made
) -> None:
    """A version that a grid wants in part has each of its cells once."""
    old = [cell for cell in apart.rows["cell"] if isinstance(cell, Cell)][:4]
    apart.grid("a", old[:2], day=5)
    ask = ask_of(apart)
    rows = ask("results", dataset="photos@1")
    assert sorted(row["cell_key"] for row in rows) == sorted(old)
    assert len(ask("results")) == 6


def test_a_path_means_what_its_names_mean_now(
    ask_of: Callable[[Made], Ask], apart: Made
) -> None:
    """What one grid still calls so is found by its label, not beside the other."""
    ask = ask_of(apart)
    (now,) = ask("find_cell", cell="dino/photos/none/kmeans")
    (before,) = ask("find_cell", cell="dino/photos@1/none/kmeans")
    keys = {row["ami"]: row["cell_key"] for row in ask("results", encoder="dino")}
    assert (before["cell_key"], now["cell_key"]) == (keys[0.2], keys[0.8])


def test_one_cell_at_two_levels_has_a_score_for_each(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Levels with equally many classes share the clustering, not the score."""
    made.level("photos", "animal", 0, n_classes=2)
    made.rows["label_level"]["photos"]["depth"] = 1
    names = ("dino", "photos", "none", "kmeans")
    target, other = (made.cell(*names, level=level) for level in ("class", "animal"))
    assert target == other
    made.grid("mine", [target, other])
    run = made.run(target, {"ami": 0.6}, labels=[0, 1, 0])
    made.level_score(run, "animal", 0.9)
    ask = ask_of(made)
    got = {row["level"]: row["ami"] for row in ask("results")}
    assert got == {"class": 0.6, "animal": 0.9}
    assert [row["n_cells"] for row in ask("overview")] == [1]
    assert [row["ami"] for row in ask("best_cells")] == [0.6]
    (row,) = ask("assignments", cell=str(target))[:1]
    assert (row["cluster"], row["label"]) == (0, "a")
