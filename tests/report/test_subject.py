"""Reports about one thing: what they take, what they narrow, what they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made
from tests.report.test_build import section
from zsc_wh.errors import ConfigError, QueryError
from zsc_wh.report import build
from zsc_wh.report.definition import read_definition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

CELL = "resnet50/animals/umap-50/kmeans/1"


def test_an_encoder_among_the_others(filled_warehouse: Warehouse) -> None:
    """Its scores are its own; where encoders are ranked, the others are there."""
    page = build(filled_warehouse, "encoder", ["resnet50"])
    assert "<h1>Encoder resnet50</h1>" in page
    best = section(page, "scores").partition("Its best")[2].partition("Query")[0]
    assert "animals" in best
    assert "dino_vitb16" not in section(page, "scores").partition("Query")[0]
    assert "dino_vitb16" in section(page, "ranks")


def test_a_dataset_alone(filled_warehouse: Warehouse) -> None:
    """Lists of datasets are narrowed where the definition asks for it."""
    page = build(filled_warehouse, "dataset", ["animals"])
    assert "<h1>Dataset animals</h1>" in page
    assert "9 of 9" in section(page, "unlabelled")
    assert "folder" not in section(page, "failures").partition("Query")[0]


def test_a_cell_with_its_clusters(filled_warehouse: Warehouse) -> None:
    """A path of names means the cell; every score of it alone is listed."""
    page = build(filled_warehouse, "cell", [CELL])
    assert f"<h1>{CELL}</h1>" in page
    assert "share of cluster" in section(page, "clusters")
    scores = section(page, "scores").partition("Query")[0]
    assert scores.count(" silhouette") == 3
    assert 'data-pick="0"' in page
    left_out = page.partition("Left out, for want of results: ")[2].partition("<")[0]
    assert "Images of the clusters (the images are not at hand" in left_out
    assert "How clear each cluster is (the reduced array" in left_out


def test_two_sides_of_a_comparison(filled_warehouse: Warehouse) -> None:
    """The sentences come first; what is about two cells is not there."""
    page = build(filled_warehouse, "compare", ["grid:quick", "grid:again"])
    assert "<h1>grid:quick against grid:again</h1>" in page
    assert "The mean AMI of B less that of A is" in page
    assert "umap-50" in section(page, "cells")
    assert 'id="moved"' not in page
    assert "of the samples moved" not in page


def test_two_cells_of_a_comparison(filled_warehouse: Warehouse) -> None:
    """Their clusters, and what moved; what is about grids is not there."""
    page = build(filled_warehouse, "compare", [CELL, CELL.replace("kmeans", "hdbscan")])
    assert "once each cluster of A stands for at most one of B" in page
    assert "Share of the cluster of A" in section(page, "contingency")
    assert "-1" in section(page, "moved").partition("Query")[0]
    assert "silhouette" in section(page, "scores")
    assert 'id="datasets"' not in page
    assert "Left out" not in page


@pytest.mark.parametrize(
    ("report", "about", "fault"),
    [
        ("encoder", ["resnet5"], "no encoder 'resnet5'; did you mean 'resnet50'"),
        ("encoder", [], "the report 'encoder' needs 1 name, not 0"),
        ("overview", ["x"], "the report 'overview' takes no name, not 1"),
        ("cell", ["nope/nope"], "no cell is called 'nope/nope'"),
        ("compare", ["a/b/c/d", CELL], "no cell with a result is called 'a/b/c/d'"),
        ("compare", ["seed:1", CELL], "is a cell, and 'seed:1' is not"),
    ],
)
def test_what_a_report_is_not_about(
    filled_warehouse: Warehouse, report: str, about: list[str], fault: str
) -> None:
    """A wrong name or number of names is told before anything is drawn."""
    with pytest.raises(QueryError, match=fault):
        build(filled_warehouse, report, about)


def test_a_kind_that_there_is_not(tmp_path: Path) -> None:
    """What a report takes is of a kind that warehouses know by name."""
    path = tmp_path / "mine.toml"
    path.write_text('title = "x"\ntakes = { it = "encodr" }\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="'encodr'; did you mean 'encoder'"):
        read_definition(path)


@pytest.mark.parametrize("about", ["encoder", "dataset"])
def test_hostile_names_are_titles_too(
    store: Callable[[Made], Warehouse], about: str
) -> None:
    """A dollar, a bracket or a quote in the name stays text."""
    made = Made()
    name = '$cell"<script>{{7*7}}'
    encoder, dataset = (
        name if kind == about else "x" for kind in ("encoder", "dataset")
    )
    made.encoder(encoder)
    made.dataset(dataset, n=2)
    made.reducer("none")
    made.clusterer("kmeans")
    made.grid("g", [made.cell(encoder, dataset, "none", "kmeans")])
    page = build(store(made), about, [name])
    assert "$cell&#34;&lt;script&gt;{{7*7}}</h1>" in page
