"""Cells and tasks by the names of now, and by what the names meant before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Cell, Made
from tests.queries.test_names import NAMES, things

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def renewed() -> tuple[Made, dict[str, Cell]]:
    """Add a photo, drop a clusterer, let a second grid call the images otherwise."""
    made = Made()
    things(made)
    made.clusterer("spectral")
    made.dataset("photos", ["a", "b"])
    cells = {
        "before": made.cell(*NAMES),
        "dropped": made.cell("dino", "photos", "none", "spectral"),
    }
    made.grid("mine", cells.values(), day=0)
    made.dataset("photos", ["a", "b", "b"], content="photos+1", day=1)
    cells["now"] = made.cell(*NAMES)
    cells["left"] = made.cell("dino", "photos", "none", "spectral")
    made.grid("mine", [cells["now"], cells["left"]], day=1)
    made.grid("mine", [cells["now"]], day=2)
    made.dataset("pics", ["a", "b", "b"], content="photos+1", day=3)
    made.grid("other", [made.cell("dino", "pics", "none", "kmeans")], day=3)
    for cell in cells.values():
        made.run(cell, {"ami": 0.5}, labels=[0, 1])
    return made, cells


@pytest.mark.parametrize(
    ("text", "found", "title"),
    [
        ("dino/photos@1/none/kmeans", "before", "dino/photos@1/none/kmeans/1"),
        ("dino/photos@1/none/spectral/1", "dropped", "dino/photos@1/none/spectral/1"),
        ("dino/photos/none/kmeans", "now", "dino/photos/none/kmeans/1"),
        ("dino/pics/none/kmeans/1", "now", "dino/pics/none/kmeans/1"),
        ("dino/photos/none/spectral", "left", "dino/photos/none/spectral/1"),
    ],
    ids=["version", "version-and-seed", "current", "another-name", "not-wanted-now"],
)
def test_a_cell_is_found_by_its_names(
    ask_of: Callable[[Made], Ask],
    renewed: tuple[Made, dict[str, Cell]],
    text: str,
    found: str,
    title: str,
) -> None:
    """Names mean what they mean now, a label what the name meant before."""
    made, cells = renewed
    rows = ask_of(made)("find_cell", cell=text)
    assert rows == [{"cell_key": str(cells[found]), "title": title}]


def test_a_cell_is_found_by_its_key(
    ask_of: Callable[[Made], Ask], renewed: tuple[Made, dict[str, Cell]]
) -> None:
    """However many names a cell has had, it has one row, and the title of now."""
    made, cells = renewed
    ask = ask_of(made)
    titles = {
        name: [row["title"] for row in ask("find_cell", cell=str(cell)[:20])]
        for name, cell in cells.items()
    }
    assert titles == {
        "before": ["dino/photos@1/none/kmeans/1"],
        "dropped": ["dino/photos@1/none/spectral/1"],
        "now": ["dino/pics/none/kmeans/1"],
        "left": ["dino/photos/none/spectral/1"],
    }
    assert len(ask("find_cell", cell="")) == 4


def test_a_cell_without_a_result_is_found_on_demand(
    ask_of: Callable[[Made], Ask], renewed: tuple[Made, dict[str, Cell]]
) -> None:
    """Only closed cells are meant unless all are."""
    made, _ = renewed
    made.rows["run"].clear()
    made.rows["assignment"].clear()
    ask = ask_of(made)
    assert ask("find_cell", cell="dino/photos/none/kmeans") == []
    assert len(ask("find_cell", cell="dino/photos/none/kmeans", closed=False)) == 1


def test_costs_go_by_the_names_of_now(
    ask_of: Callable[[Made], Ask], renewed: tuple[Made, dict[str, Cell]]
) -> None:
    """A task is known by the label of what it worked for."""
    made, cells = renewed
    made.task("cluster", cells["before"], 1.0)
    made.task("cluster", cells["now"], 2.0)
    ask = ask_of(made)
    rows = ask("cost_per_stage", by="dataset")
    assert {row["subject"]: row["total_s"] for row in rows} == {
        "photos@1": 1.0,
        "pics": 2.0,
    }
    rows = ask("cost_per_stage", by="dataset", dataset="photos@1")
    assert [row["total_s"] for row in rows] == [1.0]


def test_costs_go_by_a_name_that_still_means_it(
    ask_of: Callable[[Made], Ask],
) -> None:
    """A name that was declared later, but means something else by now, does not."""
    made = Made()
    things(made)
    made.encoder("vit", content="dino", day=1)
    made.encoder("vit", content="vit", day=2)
    made.dataset("photos", ["a", "b"])
    made.task("embed", made.embedding("dino", "photos"), 1.0)
    (row,) = ask_of(made)("cost_per_stage", by="encoder")
    assert row["subject"] == "dino"


def test_versions_are_compared_with_each_other(
    ask_of: Callable[[Made], Ask],
) -> None:
    """A list that names a version brings it beside what the name means now."""
    made = Made()
    made.encoder("net", "supervised")
    things(made)
    made.dataset("photos", ["a", "b"])
    for day, (content, ami) in enumerate({"net": 0.3, "net-2": 0.7}.items()):
        made.encoder("net", "supervised", content=content, day=day)
        cell = made.cell("net", *NAMES[1:])
        made.grid("mine", [cell], day=day)
        made.run(cell, {"ami": ami})
    ask = ask_of(made)
    both = ["net", "net@1"]
    ranks = {row["encoder"]: row for row in ask("encoder_ranks", encoders=both)}
    assert {name: row["mean_rank"] for name, row in ranks.items()} == {
        "net": 1.0,
        "net@1": 2.0,
    }
    (row,) = ask("delta_ami", baseline="net@1")
    assert (row["encoder"], row["delta_pp"]) == ("net", pytest.approx(40.0))
    assert [row["encoder"] for row in ask("level_scores", encoders=["net@1"])] == [
        "net@1"
    ]


def test_stored_features_have_a_version_by_dataset(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Features that were replaced for one dataset are old there alone."""
    made = Made()
    things(made)
    cells = {}
    for day, (dataset, content) in enumerate(
        [("air", "of air"), ("cars", "of cars"), ("air", "of air, mended")]
    ):
        made.dataset(dataset, ["a", "b"])
        made.encoder("feats", content=content, dataset=dataset, day=day)
        made.embedding("feats", dataset)
        cells[content] = made.cell("feats", dataset, "none", "kmeans")
        made.run(cells[content], {"ami": day / 10})
    made.grid("mine", [cells["of air"], cells["of cars"]], day=1)
    made.grid("mine", [cells["of air, mended"], cells["of cars"]], day=2)
    ask = ask_of(made)
    assert [(row["encoder"], row["dataset"], row["ami"]) for row in ask("results")] == [
        ("feats", "air", 0.2),
        ("feats", "cars", 0.1),
    ]
    (row,) = ask("results", encoder="feats@1")
    assert (row["encoder"], row["dataset"], row["ami"]) == ("feats@1", "air", 0.0)
    (row,) = ask("encoders")
    assert (row["encoder"], row["n_embeddings"]) == ("feats", 2)
    listed = ask("names", kind="encoder", name="feats")
    assert [(row["dataset"], row["label"], row["n_cells"]) for row in listed] == [
        ("air", "feats@1", 1),
        ("air", "feats", 1),
        ("cars", "feats", 1),
    ]
