"""Winners of a search, against winners worked out by hand from the same scores."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.queries.conftest import Ask

    Scores = Mapping[tuple[str, str], Sequence[float | None]]

SETS = ("imagenet_validation", "imagenette", "imagewoof")
"""The first counts twice."""

REDUCERS: Mapping[str, dict[str, Any]] = {
    "none": {},
    "pca-100": {"n_components": 100, "variance": None},
    "pca-20": {"n_components": 20, "variance": None},
    "pca-0.90": {"n_components": None, "variance": 0.9},
    "pca-0.99": {"n_components": None, "variance": 0.99},
    "umap-10": {"n_components": 10},
    "umap-50": {"n_components": 50},
    "umap-100": {"n_components": 100},
    "pacmap-50": {"n_components": 50},
}
CLUSTERERS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "kmeans": ("kmeans", "kmeans", {}),
    "ac-known": ("ac-known", "agglomerative", {"metric": "euclidean"}),
    "ac-average": ("ac-known", "agglomerative", {"metric": "euclidean"}),
    "ac-cosine": ("ac-known", "agglomerative", {"metric": "cosine"}),
    "ac-unknown": ("ac-unknown", "agglomerative", {"distance_threshold": 2.0}),
    "ac-unknown-10": ("ac-unknown", "agglomerative", {"distance_threshold": 10.0}),
    "hdbscan": ("hdbscan", "hdbscan", {"metric": "euclidean"}),
    "hdbscan-a": ("hdbscan", "hdbscan", {"metric": "l1"}),
    "hdbscan-arccos": ("hdbscan", "hdbscan", {"metric": "arccos"}),
}


def made_of(scores: Scores, *, seeds: Sequence[int] = (100,)) -> Made:
    """Make a warehouse with the scores of one encoder; see `fill`."""
    made = Made()
    fill(made, scores, seeds=seeds)
    return made


def fill(
    made: Made,
    scores: Scores,
    *,
    seeds: Sequence[int] = (100,),
    encoder: str = "e",
) -> None:
    """Record the AMI of each reducer and clusterer of an encoder on each of `SETS`.

    None is a cell without a run; a shorter list leaves cells undeclared.
    """
    made.encoder(encoder)
    for dataset in SETS:
        made.dataset(dataset, ["a", "b"])
    for reducer, params in REDUCERS.items():
        made.reducer(reducer, params=params)
    for clusterer, (slot, kind, params) in CLUSTERERS.items():
        made.clusterer(clusterer, slot, kind=kind, params=params)
    for (reducer, clusterer), values in scores.items():
        cells = itertools.product(zip(SETS, values, strict=False), seeds)
        for (dataset, ami), seed in cells:
            cell = made.cell(encoder, dataset, reducer, clusterer, seed)
            if ami is not None:
                made.run(cell, {"ami": ami})


def winner(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    (row,) = rows
    return row["reducer"], row["clusterer"]


def by_reducer(**scores: float) -> Scores:
    """Return scores of K-Means that are the same on all datasets."""
    return {(name.replace("_", "-"), "kmeans"): [v] * 3 for name, v in scores.items()}


def test_the_first_dataset_counts_twice(ask_of: Callable[[Made], Ask]) -> None:
    """Weights 2, 1, 1 prefer another reducer than equal weights do."""
    scores = {
        ("umap-50", "kmeans"): [0.6, 0.5, 0.5],
        ("none", "kmeans"): [0.5, 0.7, 0.6],
    }
    ask = ask_of(made_of(scores))
    weighted = {
        reducer: (2 * a + b + c) / 4 for (reducer, _), (a, b, c) in scores.items()
    }
    assert weighted["none"] > weighted["umap-50"] + 0.001
    (row,) = ask("search_winners")
    assert (row["reducer"], row["ami"]) == ("none", pytest.approx(0.575))
    assert (row["n_datasets"], row["n_complete"], row["n_candidates"]) == (3, 2, 2)
    scores["umap-50", "kmeans"] = [0.7, 0.5, 0.5]
    ask = ask_of(made_of(scores))
    assert winner(ask("search_winners")) == ("umap-50", "kmeans")
    # equal weights: 0.566 against 0.6
    assert winner(ask("search_winners", twice=[])) == ("none", "kmeans")
    assert winner(ask("search_winners", twice=["imagenette"])) == ("none", "kmeans")


PREFERRED: Sequence[tuple[dict[str, float], str]] = [
    # PCA to a number of dimensions has to be strictly better than UMAP
    ({"umap_50": 0.5, "pca_20": 0.5}, "umap-50"),
    ({"umap_50": 0.5, "pca_20": 0.5000001}, "pca-20"),
    # anything else has to be better than both, by 0.001 or more
    ({"umap_50": 0.5, "none": 0.5009}, "umap-50"),
    ({"umap_50": 0.5, "none": 0.501}, "none"),
    ({"umap_50": 0.5, "pca_20": 0.51, "none": 0.5105}, "pca-20"),
    ({"umap_50": 0.5, "pca_0.90": 0.501, "none": 0.5}, "pca-0.90"),
    ({"umap_50": 0.5, "pacmap_50": 0.5005}, "umap-50"),
    ({"pca_20": 0.3, "none": 0.3005}, "pca-20"),
    ({"none": 0.3, "pacmap_50": 0.4}, "pacmap-50"),
    # ties: the fewest dimensions, then the name
    ({"pca_20": 0.5, "pca_100": 0.5}, "pca-20"),
    ({"none": 0.5, "pca_0.90": 0.5}, "none"),
    # UMAP to 50 dimensions stands for UMAP to any number
    ({"umap_10": 0.6, "umap_50": 0.5, "none": 0.55}, "umap-50"),
    ({"umap_10": 0.6, "umap_100": 0.7}, "umap-100"),
    # PCA keeps 95 % at most
    ({"umap_50": 0.5, "pca_0.99": 0.9, "pca_0.90": 0.6}, "pca-0.90"),
]
"""Scores by reducer, and the reducer that the study would select."""


def test_reducers_are_preferred_as_in_the_study(
    ask_of: Callable[[Made], Ask],
) -> None:
    """The highest mean wins only where it passes the study's rules."""
    made = Made()
    for number, (scores, _) in enumerate(PREFERRED):
        fill(made, by_reducer(**scores), encoder=f"{number:02}")
    rows = ask_of(made)("search_winners")
    assert [row["reducer"] for row in rows] == [reducer for _, reducer in PREFERRED]
    for row, (scores, _) in zip(rows, PREFERRED, strict=True):
        counted = [value for name, value in scores.items() if name != "pca_0.99"]
        assert row["best_ami"] == pytest.approx(max(counted))
        assert row["n_excluded"] == len(scores) - len(counted)


def test_rules_can_be_left_out(ask_of: Callable[[Made], Ask]) -> None:
    """Without rounding the study's preferences stay; of best, the mean alone."""
    cases: list[tuple[dict[str, float], str, str]] = [
        ({"umap_10": 0.6, "umap_50": 0.5}, "umap-10", "umap-10"),
        ({"umap_50": 0.6, "umap_10": 0.6}, "umap-10", "umap-10"),
        ({"umap_50": 0.5, "pca_0.99": 0.9}, "pca-0.99", "pca-0.99"),
        ({"umap_50": 0.5, "none": 0.5009}, "umap-50", "none"),
        ({"umap_50": 0.5, "pca_20": 0.5}, "umap-50", "pca-20"),
    ]
    made = Made()
    for number, (scores, *_) in enumerate(cases):
        fill(made, by_reducer(**scores), encoder=f"{number:02}")
    ask = ask_of(made)
    for place, rules in enumerate(("unrounded", "best"), start=1):
        rows = ask("search_winners", rules=rules)
        assert [row["reducer"] for row in rows] == [case[place] for case in cases]


def test_tied_clusterers(ask_of: Callable[[Made], Ask]) -> None:
    """Of ties the clusterer with the name of the slot, then the first by name."""
    names = ("ac-cosine", "ac-known", "ac-average")
    made = Made()
    fill(made, {("none", name): [0.5] * 3 for name in names}, encoder="e")
    fill(made, {("none", name): [0.5] * 3 for name in names[::2]}, encoder="f")
    rows = ask_of(made)("search_winners")
    assert [row["clusterer"] for row in rows] == ["ac-known", "ac-average"]


def test_sums_of_other_order_are_ties(ask_of: Callable[[Made], Ask]) -> None:
    """Means that differ in the sixteenth digit alone are equal."""
    scores = {
        ("umap-50", "ac-known"): [0.1, 0.2, 0.3],
        ("umap-50", "ac-average"): [0.1, 0.3, 0.2 + 1e-16],
    }
    rows = ask_of(made_of(scores))("search_winners")
    assert winner(rows) == ("umap-50", "ac-known")


def test_some_metrics_are_excluded(ask_of: Callable[[Made], Ask]) -> None:
    """No cosine in a UMAP space, whose origin means nothing; no arccos for HDBSCAN."""
    scores = {
        ("umap-50", "ac-known"): [0.5] * 3,
        ("umap-50", "ac-cosine"): [0.9] * 3,
        ("none", "hdbscan"): [0.5] * 3,
        ("none", "hdbscan-arccos"): [0.9] * 3,
    }
    ask = ask_of(made_of(scores))
    ac, hdbscan = ask("search_winners")
    assert (ac["clusterer"], ac["n_complete"], ac["n_excluded"]) == ("ac-known", 2, 1)
    assert (hdbscan["clusterer"], hdbscan["n_excluded"]) == ("hdbscan", 1)
    ac, hdbscan = ask("search_winners", rules="best")
    assert (ac["clusterer"], hdbscan["clusterer"]) == ("ac-cosine", "hdbscan-arccos")
    cosine_elsewhere = {("pca-0.90", name): v for (_, name), v in scores.items()}
    assert ask_of(made_of(cosine_elsewhere))("search_winners")[0]["n_excluded"] == 0


def test_thresholds_are_compared_relative_to_the_best(
    ask_of: Callable[[Made], Ask],
) -> None:
    """A dataset with low AMI counts as much as one with high AMI."""
    two, ten = [0.80, 0.10, 0.10], [0.76, 0.16, 0.12]
    scores = {
        ("umap-50", "ac-unknown"): two,
        ("umap-50", "ac-unknown-10"): ten,
    }
    ask = ask_of(made_of(scores))
    best = [max(pair) for pair in zip(two, ten, strict=True)]

    def mean(values: Sequence[float]) -> float:
        return (2 * values[0] + values[1] + values[2]) / 4

    relative = [v / b for v, b in zip(ten, best, strict=True)]
    assert mean(two) > mean(ten) - 0.005
    (row,) = ask("search_winners")
    assert row["clusterer"] == "ac-unknown-10"
    assert row["relative_ami"] == pytest.approx(mean(relative), abs=1e-12)
    assert row["ami"] == pytest.approx(mean(ten), abs=1e-12)
    scores["umap-50", "ac-unknown"] = [0.90, 0.10, 0.10]
    # another reducer is no part of the comparison
    scores["none", "ac-unknown"] = [0.00, 0.90, 0.90]
    ask = ask_of(made_of(scores))
    assert winner(ask("search_winners")) == ("umap-50", "ac-unknown-10")
    (row,) = ask("search_winners", relative=[])
    assert (row["clusterer"], row["relative_ami"]) == ("ac-unknown", None)


def test_a_dataset_at_chance_compares_no_thresholds(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Where the best AMI is not above 0, a ratio to it means nothing."""
    scores = {
        ("umap-50", "ac-unknown"): [0.5, -0.1, 0.3],
        ("umap-50", "ac-unknown-10"): [0.4, 0.0, 0.2],
    }
    (row,) = ask_of(made_of(scores))("search_winners")
    assert (row["clusterer"], row["relative_ami"]) == ("ac-unknown", 1.0)
    assert row["ami"] == pytest.approx(0.3)
    nothing = {pair: [0.0, -0.1, -0.2] for pair in scores}
    (row,) = ask_of(made_of(nothing))("search_winners")
    assert (row["clusterer"], row["relative_ami"]) == ("ac-unknown", None)


def test_a_candidate_needs_all_cells(ask_of: Callable[[Made], Ask]) -> None:
    """One that lacks a score, or was not declared on a dataset, cannot win."""
    scores: Scores = {
        ("umap-50", "kmeans"): [0.3, 0.3, 0.3],
        ("pca-20", "kmeans"): [0.9, 0.9, None],
        ("pca-100", "kmeans"): [0.8, 0.8],
        ("none", "kmeans"): [0.85, 0.85],
        ("umap-50", "hdbscan"): [0.9, None, None],
    }
    made = made_of(scores)
    failed = made.cell("e", SETS[2], "none", "kmeans", 100)
    made.run(failed, status="failed")
    hdbscan, kmeans = ask_of(made)("search_winners")
    assert (kmeans["reducer"], kmeans["best_ami"]) == ("umap-50", pytest.approx(0.3))
    assert (kmeans["n_complete"], kmeans["n_candidates"]) == (1, 4)
    assert (hdbscan["reducer"], hdbscan["clusterer"], hdbscan["ami"]) == (None,) * 3
    assert (hdbscan["n_complete"], hdbscan["n_candidates"]) == (0, 1)
    fewer = ask_of(made)("search_winners", datasets=SETS[:2], slots=["kmeans"])
    assert winner(fewer) == ("pca-20", "kmeans")
    assert (fewer[0]["n_datasets"], fewer[0]["n_complete"]) == (2, 4)


def test_an_undefined_score_is_a_missing_one(ask_of: Callable[[Made], Ask]) -> None:
    """A degenerate run counts with its AMI, one without a defined AMI does not."""
    made = made_of({("umap-50", "kmeans"): [0.3] * 3, ("none", "kmeans"): [0.9] * 2})
    undefined = made.cell("e", SETS[2], "none", "kmeans", 100)
    made.run(undefined, {"ami": None}, status="degenerate")
    assert winner(ask_of(made)("search_winners")) == ("umap-50", "kmeans")
    made.run(undefined, {"ami": 0.0}, status="degenerate")
    assert winner(ask_of(made)("search_winners")) == ("none", "kmeans")


def test_seeds_count_by_their_median(ask_of: Callable[[Made], Ask]) -> None:
    """A candidate needs every seed, and counts by the median over them."""
    made = made_of({("umap-50", "kmeans"): [0.3] * 3}, seeds=(1, 2, 3))
    for dataset in SETS:
        for seed, ami in ((1, 0.0), (2, 0.35), (3, 0.36)):
            made.run(made.cell("e", dataset, "none", "kmeans", seed), {"ami": ami})
    (row,) = ask_of(made)("search_winners")
    assert (row["reducer"], row["ami"]) == ("none", pytest.approx(0.35))
    made.cell("e", SETS[0], "none", "kmeans", 4)
    (row,) = ask_of(made)("search_winners")
    assert (row["reducer"], row["n_complete"]) == (None, 0)


def test_each_encoder_and_slot_has_its_winner(ask_of: Callable[[Made], Ask]) -> None:
    """Encoders and slots are searched apart; a grid and names choose among them."""
    made = made_of(by_reducer(umap_50=0.5, none=0.4))
    made.encoder("f")
    cells = [made.cell("f", name, "none", "kmeans", 100) for name in SETS]
    for cell in cells:
        made.run(cell, {"ami": 0.2})
    made.grid("mine", cells)
    ask = ask_of(made)
    rows = ask("search_winners", recipe="r")
    assert [(r["recipe"], r["encoder"], r["reducer"]) for r in rows] == [
        ("r", "e", "umap-50"),
        ("r", "f", "none"),
    ]
    assert [r["encoder"] for r in ask("search_winners", grid="mine")] == ["f"]
    assert [r["encoder"] for r in ask("search_winners", encoders=["e"])] == ["e"]
    assert ask("search_winners", slots=["hdbscan"]) == []


def test_stages_together_select_as_one_after_the_other(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Over all stages, the best clusterer of each reducer speaks for it."""
    scores = by_reducer(umap_50=0.5, none=0.4)
    lines = {
        ("umap-50", "hdbscan"): [0.5] * 3,
        ("none", "hdbscan"): [0.45] * 3,
        ("umap-50", "hdbscan-a"): [0.55] * 3,
    }
    rows = ask_of(made_of({**scores, **lines}))("search_winners")
    assert [(r["reducer"], r["clusterer"]) for r in rows] == [
        ("umap-50", "hdbscan-a"),
        ("umap-50", "kmeans"),
    ]
