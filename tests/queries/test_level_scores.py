from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.queries.conftest import asking, stored
from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.conftest import Ask

LEVELS = ("order", "genus", "class")
"""Coarsest first, which is not their order by name; the made-up target is ``class``."""

ENCODERS = ("dino", "mae")
CLUSTERERS = ("affinity", "hdbscan", "kmeans")
SEEDS = (1, 2)


Scores = dict[str, dict[tuple[str, str, str], list[float]]]
"""Metric, then (encoder, clusterer, level), then one value a seed."""


def make_taxonomy() -> tuple[Made, Scores]:
    """Make scores at three levels, of which one clusterer of one encoder has none."""
    rng = np.random.default_rng(5)
    made = Made()
    made.reducer("none")
    made.dataset("insects", ["a", "b", "c"], group="fine")
    made.rows["label_level"]["insects"]["depth"] = 2
    made.level("insects", "order", 0, n_classes=2)
    made.level("insects", "genus", 1, n_classes=2)
    made.dataset("flat", ["a", "b"])
    scores: Scores = {"ami": {}, "ami_true": {}}
    for clusterer in CLUSTERERS:
        made.clusterer(clusterer)
    for encoder in ENCODERS:
        made.encoder(encoder, backbone="vit")
        made.run(made.cell(encoder, "flat", "none", "kmeans"), {"ami": 0.5})
        for clusterer in CLUSTERERS:
            for seed in SEEDS:
                cell = made.cell(encoder, "insects", "none", clusterer, seed)
                if (encoder, clusterer) == ("mae", "affinity"):
                    made.run(cell, status="failed")
                    continue
                run = made.run(cell)
                for metric, known in scores.items():
                    for level in LEVELS:
                        value = float(rng.uniform())
                        made.level_score(run, level, value, metric)
                        known.setdefault((encoder, clusterer, level), []).append(value)
    return made, scores


@pytest.fixture(scope="module")
def taxonomy() -> tuple[Made, Scores]:
    """Return the made-up taxonomy with its scores."""
    return make_taxonomy()


@pytest.fixture(scope="module")
def ask(
    taxonomy: tuple[Made, Scores], blank: Path, tmp_path_factory: pytest.TempPathFactory
) -> Ask:
    """Return a way to ask the made-up taxonomy."""
    folder = tmp_path_factory.mktemp("taxonomy")
    return asking(stored(taxonomy[0], blank, folder / "taxonomy.duckdb"))


def test_levels_come_coarsest_first(ask: Ask) -> None:
    """Rows go down the hierarchy, with the target level marked."""
    rows = ask("level_scores", encoders=["dino"], min_levels=2)
    assert [(row["level"], row["is_target"]) for row in rows] == [
        ("order", False),
        ("genus", False),
        ("class", True),
    ]


def test_means_equal_numpy(ask: Ask, taxonomy: tuple[Made, Scores]) -> None:
    """Means are over the clusterers there are, and beside them over the complete."""
    _, scores = taxonomy
    rows = ask("level_scores", dataset="insects")
    assert len(rows) == len(ENCODERS) * len(LEVELS)
    columns = ("ami", "sd_ami", "ami_true", "ami_complete", "ami_true_complete")
    got = {
        (row["encoder"], row["level"]): [row[column] for column in columns]
        for row in rows
    }
    for encoder, level in got:
        values = {
            metric: [
                np.median(known[encoder, name, level])
                for name in CLUSTERERS
                if (encoder, name, level) in known
            ]
            for metric, known in scores.items()
        }
        # affinity, the first, has no score for one encoder
        complete = {metric: known[-2:] for metric, known in values.items()}
        want = [
            np.mean(values["ami"]),
            np.std(values["ami"]),
            np.mean(values["ami_true"]),
            np.mean(complete["ami"]),
            np.mean(complete["ami_true"]),
        ]
        np.testing.assert_allclose(got[encoder, level], want, atol=1e-12)
    counts = {
        row["encoder"]: (
            row["n_clusterings"],
            row["n_clusterings_total"],
            row["n_complete"],
            row["n_runs"],
        )
        for row in rows
    }
    assert counts == {"dino": (3, 3, 2, 6), "mae": (2, 3, 2, 4)}


def test_each_clusterer_can_have_its_row(
    ask: Ask, taxonomy: tuple[Made, Scores]
) -> None:
    """Without the average there is a row for each clusterer, also one without score."""
    _, scores = taxonomy
    rows = ask("level_scores", average=False, encoders=["mae"], level="genus")
    got = {row["clusterer"]: row["ami"] for row in rows}
    assert got["affinity"] is None
    known = scores["ami"]["mae", "kmeans", "genus"]
    assert got["kmeans"] == pytest.approx(np.median(known))


def test_reducers_of_a_cross_product_are_averaged(
    ask_of: Callable[[Made], Ask],
) -> None:
    """In a cross product a clusterer counts once with every reducer."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["a", "b"])
    made.clusterer("kmeans")
    for reducer, ami in (("none", 0.2), ("umap-50", 0.6)):
        made.reducer(reducer)
        made.run(made.cell("e", "d", reducer, "kmeans"), {"ami": ami})
    (row,) = ask_of(made)("level_scores")
    assert (row["ami"], row["n_clusterings"]) == (pytest.approx(0.4), 2)


@pytest.mark.parametrize(
    ("params", "n"),
    [
        ({}, 8),
        ({"min_levels": 2}, 6),
        ({"level": "genus"}, 2),
        ({"dataset": "flat"}, 2),
        ({"domain_group": "fine"}, 6),
        ({"encoders": ["mae"]}, 4),
        ({"backbone": "vit"}, 8),
        ({"clusterers": ["affinity"]}, 6),
        ({"reducer": "x"}, 0),
        ({"seed": 2}, 6),
        ({"grid": "x"}, 0),
    ],
)
def test_filters(ask: Ask, params: dict[str, object], n: int) -> None:
    """Each filter leaves the rows that it names."""
    assert len(ask("level_scores", **params)) == n
