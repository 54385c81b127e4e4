"""Things go by their declared titles, and an empty comparison says what blocks it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import Made
from tests.report.filled import make_filled
from zsc_wh.report import build
from zsc_wh.report.titles import Titles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

TITLES = {
    "encoder": {"resnet50": "ResNet-50", "dino_vitb16": "DINO ViT-B"},
    "dataset": {"animals": "Animals!", "animals-train": "Animals, train"},
    "reducer": {"umap-50": "UMAP to 50", "umap-2": "UMAP map"},
    "clusterer": {"kmeans": "K-Means", "ac-known": "AC w/ C"},
}


def titled() -> Made:
    """Make the filled warehouse with titles."""
    made = make_filled()
    for kind, names in TITLES.items():
        for name, title in names.items():
            made.rows[f"{kind}_name"][name]["title"] = title
    return made


@pytest.fixture(scope="module")
def page(store: Callable[[Made], Warehouse]) -> str:
    """Return the shipped report of the warehouse with titles."""
    return html.unescape(build(store(titled())))


def section(page: str, name: str) -> str:
    """Return one section and its marks, without the sources of its figures."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found, f"the page has no section {name}"
    return re.sub(r"<pre.*?</pre>", "", found[0], flags=re.DOTALL)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("completeness", ["dataset"]),
        ("best", ["dataset"]),
        ("scores", ["encoder", "dataset", "clusterer"]),
        ("clusterers", ["clusterer"]),
        ("encoders", ["encoder"]),
        ("levels", ["encoder"]),
        ("silhouettes", ["clusterer"]),
        ("probes", ["encoder", "dataset"]),
        ("true-labels", ["encoder"]),
        ("costs", ["encoder"]),
    ],
)
def test_figures_show_titles(page: str, name: str, kinds: list[str]) -> None:
    """Charts and their data show titles; a name that has one is nowhere."""
    text = section(page, name)
    for kind in kinds:
        for known, title in TITLES[kind].items():
            assert f">{known}<" not in text, (name, known)
            if known not in ("animals-train", "umap-2"):
                assert title in text, (name, title)


def test_specifications_hold_titles(page: str) -> None:
    """What is drawn is what the tables say."""
    specs = page.partition('id="specs">')[2].partition("</script>")[0]
    assert '"ResNet-50"' in specs
    assert '"resnet50"' not in specs
    assert '"pixels"' in specs


def test_notes_show_titles(page: str) -> None:
    """The values that a note fills in are titles, too."""
    assert "Compared with ResNet-50" in section(page, "encoders")
    text = section(page, "projection")
    assert "Animals!, encoder " in text
    assert "Drawn by UMAP map" in text


def test_train_sets_have_titles(page: str) -> None:
    """A thing that no cell is of has its title as well."""
    text = section(page, "probes")
    assert ">Animals, train<" in text
    assert ">animals-train<" not in text


def test_names_stand_beside_their_titles_in_the_provenance(page: str) -> None:
    """Where the rows hold titles themselves, names are told as they are asked for."""
    text = section(page, "provenance")
    for kind in ("encoder", "dataset"):
        for name, title in TITLES[kind].items():
            assert f">{name}<" in text
            assert f">{title}<" in text


def make(**titles: str) -> Made:
    """Make one cell per encoder, each with its title."""
    made = Made()
    made.dataset("d", ["a", "b"])
    made.reducer("none")
    made.clusterer("kmeans")
    for name, title in titles.items():
        made.encoder(name, title=title)
        made.run(made.cell(name, "d", "none", "kmeans"), {"ami": 0.5})
    return made


def shown(warehouse: Warehouse, *names: str, grid: str | None = None) -> list[Any]:
    """Return what encoders are shown as."""
    rows = [{"encoder": name, "ami": 0.5, "note": name} for name in names]
    answer = Titles(warehouse, grid).shown(rows, {})
    assert [row["note"] for row in answer] == list(names)
    return [row["encoder"] for row in answer]


def test_two_things_with_one_title_keep_their_names(
    store: Callable[[Made], Warehouse],
) -> None:
    """A title that does not tell them apart is worse than none."""
    warehouse = store(make(a="DINO", b="DINO", c="MAE"))
    assert shown(warehouse, "a", "b", "c", "x") == ["a", "b", "MAE", "x"]


def test_what_is_not_wanted_any_more_takes_no_title(
    store: Callable[[Made], Warehouse],
) -> None:
    """A renamed encoder keeps its title, though its old name had the same."""
    made = make(a="DINO")
    made.grid("mine", list(made.rows["cell"]))
    made.encoder("b", title="DINO", day=1)
    made.grid("mine", [made.cell("b", "d", "none", "kmeans")], day=1)
    warehouse = store(made)
    assert shown(warehouse, "b", "a") == ["DINO", "a"]
    assert shown(warehouse, "b", "a", grid="mine@1") == ["b", "DINO"]


def test_versions_of_one_name_are_told_apart(
    store: Callable[[Made], Warehouse],
) -> None:
    """Two meanings of a name share its title, so both are shown by name."""
    made = make(a="DINO")
    made.grid("old", list(made.rows["cell"]))
    made.encoder("a", title="DINO", content="a2", day=1)
    made.grid("new", [made.cell("a", "d", "none", "kmeans")], day=1)
    warehouse = store(made)
    assert shown(warehouse, "a", "a@1") == ["a", "a@1"]
    assert shown(warehouse, "a", grid="old") == ["DINO"]


def test_a_subject_is_of_the_kind_that_was_asked_for(
    store: Callable[[Made], Warehouse],
) -> None:
    """What cells or tasks are counted by has its title as well."""
    made = make(a="DINO")
    made.rows["dataset_name"]["d"]["title"] = "Data"
    made.rows["clusterer_name"]["kmeans"]["title"] = "k-means"
    made.rows["reducer_name"]["none"]["title"] = "unreduced"
    titles = Titles(store(made), None)
    rows = [{"subject": "a"}, {"subject": "d"}]
    assert [row["subject"] for row in titles.shown(rows, {"by": "dataset"})] == [
        "a",
        "Data",
    ]
    stages = {"embed": "a", "probe": "a", "cluster": "kmeans", "reduce": "none"}
    stages |= {"of tomorrow": "none"}
    tasks = [{"subject": of, "stage": stage} for stage, of in stages.items()]
    by = {"by": "method"}
    assert [row["subject"] for row in titles.shown(tasks, by)] == [
        *("DINO", "a", "k-means"),
        *("unreduced", "unreduced"),
    ]


TAKING = """
title = "Mine"
[[section]]
id = "own"
title = "Of the best"
[[section.figure]]
query = "results"
subject = "best_cells"
take = { dataset = "dataset", encoder = "encoder" }
note = "$encoder"
chart = { kind = "table", columns = ["encoder"] }
"""


def test_a_subject_is_asked_for_by_its_name(
    store: Callable[[Made], Warehouse], tmp_path: Path
) -> None:
    """Titles are for reading; what a figure is about is taken from the names."""
    path = tmp_path / "mine.toml"
    path.write_text(TAKING, encoding="utf-8")
    text = section(build(store(make(a="DINO")), path), "own")
    assert ">DINO</td>" in text
    assert '<p class="note">DINO</p>' in text


def test_an_empty_comparison_says_what_blocks_it(
    store: Callable[[Made], Warehouse],
) -> None:
    """The sentence that the command prints stands in place of the chart."""
    made = make(a="A", b="B", c="C")
    made.rows["encoder_name"]["b"]["family"] = "none"
    made.encoder("late", title="Late")
    made.cell("late", "d", "none", "kmeans")
    text = html.unescape(build(store(made)))
    sentence = "late has no result: 1 {} lost; `-p encoders=a,b,c` leaves it out"
    assert sentence.format("pairs") in section(text, "encoders")
    assert "Left out: it needs" not in section(text, "encoders")
