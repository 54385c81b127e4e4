from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.queries.conftest import asking_frozen, stored
from tests.queries.made import Made
from zsc_wh.metrics.supervised import external_scores

if TYPE_CHECKING:
    from pathlib import Path

    from tests.queries.conftest import Ask

N = 40
RECIPES = [("good", "none"), ("good", "umap"), ("bad", "none"), ("bad", "umap")]
TRUE = [i % 4 for i in range(N)]


def labels(place: int, seed: int) -> list[int]:
    """Return clusters that are drawn for some, the more, the later the recipe."""
    rng = np.random.default_rng((place, seed))
    drawn = rng.integers(-1, 4, N)
    found = np.where(rng.random(N) < (place + 1) / 6, drawn, TRUE)
    return [*map(int, found)]


def made_sets() -> Made:
    """Return four labelled datasets and one without, each with four recipes."""
    made = Made()
    made.encoder("good", "supervised")
    made.encoder("bad")
    for reducer in ("none", "umap"):
        made.reducer(reducer)
    made.clusterer("ward", k_source="estimated")
    cells = []
    for name in ("a", "b", "c", "d", "bare"):
        is_bare = name == "bare"
        made.dataset(name, [] if is_bare else list(map(str, TRUE)), n=N)
        for place, (encoder, reducer) in enumerate(RECIPES):
            for seed in (1, 2):
                cell = made.cell(encoder, name, reducer, "ward", seed)
                ami = {} if is_bare else {"ami": 0.9 - place / 5 + seed / 100}
                silhouette = {"silhouette": 0.5 - place / 10}
                made.run(cell, ami | silhouette, labels=labels(place, seed))
                cells.append(cell)
        cells.append(made.cell("good", name, "none", "ward", seed=3))  # not run
    made.grid("all", cells)
    return made


@pytest.fixture(scope="module")
def ask(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return a way to ask a warehouse with these datasets."""
    path = tmp_path_factory.mktemp("recommendations") / "made.duckdb"
    return asking_frozen(stored(made_sets(), blank, path))


def test_a_dataset_without_labels_is_ranked(ask: Ask) -> None:
    """By stored assignments of all seeds, calibrated on the others."""
    rows = ask("recommendations", datasets=["bare"])
    assert [(row["encoder"], row["reducer"]) for row in rows] == RECIPES
    first = rows[0]
    assert (first["n_seeds"], first["n_labelled"], first["ami"]) == (2, 4, None)
    assert first["silhouette"] == 0.5
    assert first["verdict"] == first["dataset_verdict"] == "trust"
    assert 0 <= first["expected_loss"] < rows[-1]["expected_loss"]


def test_consensus_is_the_mean_ami_with_other_recipes(ask: Ask) -> None:
    """Over all pairs of their seeds; stability is that of its own."""

    def ami(one: tuple[int, int], other: tuple[int, int]) -> float:
        pair = np.array(labels(*one)), np.array(labels(*other))
        value = external_scores(*pair, ["ami"], subset="all")["ami"].value
        assert value is not None
        return value

    (first, *_) = ask("recommendations", datasets=["a"])
    seeds = (1, 2)
    others = [
        ami((0, s), (place, t)) for place in (1, 2, 3) for s in seeds for t in seeds
    ]
    assert first["consensus"] == pytest.approx(np.mean(others))
    assert first["stability"] == pytest.approx(ami((0, 1), (0, 2)))
    assert first["ami"] == pytest.approx(0.915)


def test_samples_are_drawn(ask: Ask) -> None:
    """About as many as asked for, the same ones for all, so that copies still agree."""
    full, some = (
        ask("recommendations", datasets=["a"], samples=samples) for samples in (40, 20)
    )
    shares = [np.array([row["largest_share"] for row in rows]) for rows in (full, some)]
    assert shares[0].tolist() != shares[1].tolist()
    # means over two seeds
    counts = [2 * n * shares[1] for n in (19, 20, 21)]
    assert any(np.allclose(each, each.round()) for each in counts)


def test_the_mean_comes_first_and_datasets_without_labels_are_out(ask: Ask) -> None:
    """One row per selector and labelled dataset, behind one for their mean."""
    rows = ask("selector_regret")
    assert len(rows) == 9 * (1 + 4)
    assert [row["dataset"] for row in rows[:5]] == [None, "a", "b", "c", "d"]
    found = {row["selector"]: row for row in rows if row["is_overall"]}
    assert found["combination"]["regret"] == 0
    assert found["combination"]["verdict"] == "4 trust"
    assert found["random"]["regret"] == pytest.approx(0.3)
    assert found["supervised"]["regret"] == pytest.approx(0.1)
    means = [row for row in rows if row["is_overall"]]
    assert ask("selector_regret", per_dataset=False) == means
    assert ask("selector_regret", datasets=["bare"]) == []
