"""Tests of the queries that list what a warehouse holds and where it comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def made() -> Made:
    """Make two encoders and datasets, of which a grid holds the first of each."""
    made = Made()
    made.encoder("vit", "ssl", backbone="ViT-B/16")
    made.encoder("rn50", "supervised", backbone="ResNet-50")
    made.dataset("labelled", ["a", "b", "b"], group="Fine-grained")
    made.dataset(
        "folder", n=4, train="labelled", subset='{"n":4}', ignored=["a.txt", "b.db"]
    )
    made.reducer("umap-50")
    made.clusterer("kmeans")
    first = made.cell("vit", "labelled", "umap-50", "kmeans")
    made.cell("rn50", "folder", "umap-50", "kmeans")
    made.grid("first", [], day=0, toml="old")
    made.grid("first", [first], day=1, toml="new")
    embedding = made.embedding("vit", "labelled", host="host-b", device="cuda:0")
    reduction = made.reduction("vit", "labelled", "umap-50")
    made.embedding("rn50", "folder")
    made.array_score(embedding, "silhouette", 0.2)
    made.array_score(reduction, "silhouette", 0.6)
    made.array_score(reduction, "davies_bouldin", None)
    made.run(first, {"ami": 0.5})
    return made


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["rn50", "vit"]),
        ({"grid": "first"}, ["vit"]),
        ({"family": "supervised"}, ["rn50"]),
        ({"backbone": "ViT-B/16"}, ["vit"]),
    ],
)
def test_encoders(
    ask_of: Callable[[Made], Ask], made: Made, params: dict[str, str], names: list[str]
) -> None:
    """Encoders come by name with what their embeddings say; filters choose."""
    rows = ask_of(made)("encoders", **params)
    assert [row["encoder"] for row in rows] == names
    assert {(row["dim"], row["n_embeddings"]) for row in rows} == {(768, 1)}


@pytest.mark.parametrize(
    ("params", "want"),
    [
        ({}, {"folder": (4, None, None), "labelled": (3, 2, "class")}),
        ({"grid": "first"}, {"labelled": (3, 2, "class")}),
        ({"domain_group": "Fine-grained"}, {"labelled": (3, 2, "class")}),
    ],
)
def test_datasets(
    ask_of: Callable[[Made], Ask],
    made: Made,
    params: dict[str, str],
    want: dict[str, tuple[object, ...]],
) -> None:
    """Datasets come with their size, classes and levels; filters choose."""
    rows = ask_of(made)("datasets", **params)
    got = {
        row["dataset"]: (row["n_samples"], row["n_classes"], row["target_level"])
        for row in rows
    }
    assert got == want


def test_datasets_say_where_they_come_from(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Train set, subset and the number of files left out stand with the dataset."""
    rows = {
        row["dataset"]: (row["train"], row["subset"], row["n_ignored"])
        for row in ask_of(made)("datasets")
    }
    assert rows == {
        "folder": ("labelled", '{"n":4}', 2),
        "labelled": (None, None, 0),
    }


@pytest.mark.parametrize(
    ("params", "want"),
    [
        ({"metric": "silhouette"}, [(None, 0.2), ("umap-50", 0.6)]),
        ({"reducer": "umap-50"}, [("umap-50", None), ("umap-50", 0.6)]),
        ({"metric": "silhouette", "seed": 1}, [("umap-50", 0.6)]),
        ({"grid": "first", "metric": "davies_bouldin"}, [("umap-50", None)]),
        ({"grid": "other"}, []),
        ({"encoder": "rn50"}, []),
        ({"dataset": "folder"}, []),
        ({"level": "species"}, []),
    ],
)
def test_array_scores(
    ask_of: Callable[[Made], Ask],
    made: Made,
    params: dict[str, object],
    want: list[tuple[str | None, float | None]],
) -> None:
    """Scores of true labels come with the array that they were taken on."""
    rows = ask_of(made)("array_scores", **params)
    assert [(row["reducer"], row["value"]) for row in rows] == want


def test_the_newest_declaration_of_a_grid(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """A grid has one row, with the newest text and how often it was declared."""
    (row,) = ask_of(made)("grids", grid="first")
    assert (row["toml"], row["n_cells"], row["n_declarations"]) == ("new", 1, 2)


def test_versions_count_by_stage(ask_of: Callable[[Made], Ask], made: Made) -> None:
    """Each version of a library has a row per stage that used it."""
    made.embedding("vit", "labelled", versions=json.dumps({"a.b": "1"}))
    rows = ask_of(made)("versions")
    got = {(row["library"], row["version"], row["stage"]): row["n"] for row in rows}
    assert got["a.b", "1", "embed"] == 1
    assert got["numpy", "2.1.0", "embed"] == 1
    assert got["numpy", "2.1.0", "cluster"] == 1


def mixed(made: Made) -> None:
    """Let five runs of one clusterer rest on three versions of one library."""
    found = [("2.1", "3.11"), ("2.1", "3.12"), ("2.2", "3.12"), ("2.3", "3.12")]
    made.clusterer("kmeans")
    made.reducer("umap-50")
    for seed, (numpy, python) in enumerate([*found, ("2.2", "3.12")], 10):
        cell = made.cell("vit", "labelled", "umap-50", "kmeans", seed)
        run = made.run(cell, minute=seed)
        said = {"numpy": numpy, "python": python, "scipy": "1.1"}
        made.rows["run"][run]["versions"] = json.dumps(said)
    # not a result
    cell = made.cell("vit", "labelled", "umap-50", "kmeans")
    run = made.run(cell, status="failed")
    made.rows["run"][run]["versions"] = json.dumps({"scipy": "1.2"})


@pytest.mark.parametrize(
    ("params", "libraries"),
    [
        ({}, ["numpy"]),
        ({"ignored": []}, ["numpy", "python"]),
        ({"library": "python", "ignored": None}, ["python"]),
        ({"stage": "embed"}, []),
    ],
)
def test_results_of_several_versions_are_named(
    ask_of: Callable[[Made], Ask], params: dict[str, object], libraries: list[str]
) -> None:
    """What mixes versions of a library has a row, the most frequent version first."""
    made = Made()
    made.encoder("vit")
    made.dataset("labelled", ["a", "b"])
    mixed(made)
    made.embedding("vit", "labelled")
    rows = ask_of(made)("mixed_versions", **params)
    assert [row["library"] for row in rows] == libraries
    for row in rows[:1]:
        assert (row["stage"], row["subject"]) == ("cluster", "kmeans")
        assert row["n_results"] == 5
    if "numpy" in libraries:
        assert rows[0]["versions"] == "2.1 (2), 2.2 (2), 2.3 (1)"
        assert (rows[0]["n_versions"], rows[0]["n_others"]) == (3, 3)


def test_arrays_of_several_versions_are_named(ask_of: Callable[[Made], Ask]) -> None:
    """Embeddings go by their encoder, reductions by their reducer."""
    made = Made()
    made.encoder("vit")
    made.reducer("umap-50")
    for name, version in (("x", "1"), ("y", "2")):
        made.dataset(name, ["a", "b"])
        versions = json.dumps({"torch": version})
        made.embedding("vit", name, versions=versions)
        reduction = made.reduction("vit", name, "umap-50")
        made.rows["reduction"][reduction]["versions"] = versions
    rows = ask_of(made)("mixed_versions")
    assert [(row["stage"], row["subject"], row["versions"]) for row in rows] == [
        ("embed", "vit", "1 (1), 2 (1)"),
        ("reduce", "umap-50", "1 (1), 2 (1)"),
    ]


@pytest.mark.parametrize(
    ("params", "want"),
    [
        ({"stage": "embed"}, {("host-a", "cpu"): 1, ("host-b", "cuda:0"): 1}),
        ({"host": "host-b"}, {("host-b", "cuda:0"): 1}),
    ],
)
def test_hosts(
    ask_of: Callable[[Made], Ask],
    made: Made,
    params: dict[str, str],
    want: dict[tuple[str, str], int],
) -> None:
    """Machines and devices come with what they computed."""
    rows = ask_of(made)("hosts", **params)
    assert {(row["host"], row["device"]): row["n"] for row in rows} == want


def test_energy_is_summed_where_it_is_told(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Joules of a machine add up; where nothing told them there is no sum."""
    made.embedding("rn50", "labelled", host="host-b", device="cpu", cpu_energy_j=2.0)
    made.embedding("vit", "folder", host="host-b", device="cpu", cpu_energy_j=3.0)
    rows = ask_of(made)("hosts", stage="embed")
    got = {(row["host"], row["device"]): row["cpu_energy_j"] for row in rows}
    assert got == {
        ("host-a", "cpu"): None,
        ("host-b", "cpu"): 5.0,
        ("host-b", "cuda:0"): None,
    }
