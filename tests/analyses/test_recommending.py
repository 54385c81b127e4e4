"""What ranks recipes without labels, and what it may know of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zsc_wh.analyses.recommending import JUDGED, judge, recommend
from zsc_wh.analyses.selectors import selected, standing
from zsc_wh.analyses.trust import NOT, TRUST, WEAK, Candidates, Evidence, trust_in

N, RECIPES = 60, 8
TRUE = np.repeat(np.arange(3), N // 3)


def recipe(dataset: str, place: int, **changes: Any) -> dict[str, Any]:
    """Return a recipe whose clusters are the better, the lower its place is."""
    rng = np.random.default_rng(place)
    wrong = rng.random(N) < place / RECIPES
    labels = np.where(wrong, rng.integers(0, 3, N), TRUE).tolist()
    return {
        "is_current": True,
        "dataset": dataset,
        "dataset_key": f"key of {dataset}",
        "encoder": f"e{place}",
        "is_supervised": False,
        "reducer": "none",
        "clusterer": "kmeans",
        "n_samples": N,
        "n_classes": 3,
        "n_seeds": 1,
        "n_clusters": 3,
        "noise_fraction": 0.0,
        "ami": 0.9 - place / 10,
        "silhouette": None,
        "silhouette_original": None,
        "silhouette_umap": 0.8 - place / 20,
        "partitions": [labels],
        **changes,
    }


def recipes(dataset: str, **changes: Any) -> list[dict[str, Any]]:
    """Return recipes whose silhouettes, consensus and AMIs have one order."""
    return [recipe(dataset, place, **changes) for place in range(RECIPES)]


def ranked(
    asked: list[dict[str, Any]], labelled: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows of a recommendation."""
    first = [labelled, *[None] * (len(asked) - 1)]
    found = recommend({"recipe": asked, "labelled": first}, {})
    return [
        dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)
    ]


LABELLED = [each for name in "bcde" for each in recipes(name)]


def test_selectors_of_two_recipes() -> None:
    """Consensus is with other recipes alone, stability among the seeds of one."""
    halves, other = [0] * 30 + [1] * 30, [0, 1] * 30
    pair = [
        recipe("a", 0, partitions=[halves, halves, other], silhouette_umap=0.5),
        recipe("a", 1, partitions=[halves], silhouette_umap=-0.1),
    ]
    values = selected(pair).values
    chance = -1 / 59 / 2  # about that of halves against alternating ones
    assert values["consensus"] == pytest.approx([2 / 3, 2 / 3], abs=abs(chance))
    assert values["stability"][0] == pytest.approx(1 / 3, abs=2 * abs(chance))
    assert np.isnan(values["stability"][1])
    consensus = values["consensus"][0]
    assert values["combination"] == pytest.approx([0.5 * consensus, -0.1])


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"noise_fraction": 0.6}, "60% of the samples are noise"),
        ({"n_clusters": 1}, "fewer than two clusters"),
        ({"partitions": [[0] * 57 + [1, 2, 2]]}, "one cluster has 95% of the samples"),
        ({"n_clusters": 40}, "most clusters are of one sample"),
    ],
)
def test_a_flaw_puts_last(changes: dict[str, Any], flaw: str) -> None:
    """However high its silhouette is; and it is not trusted."""
    asked = [*recipes("a")[1:], recipe("a", 0, silhouette_umap=0.99, **changes)]
    last = ranked(asked, LABELLED)[-1]
    assert (last["encoder"], last["flaw"]) == ("e0", flaw)
    assert (last["verdict"], last["combination"]) == (NOT, None)


def test_what_is_missing_is_no_worse_than_last() -> None:
    """Places go from 0 to 1, ties share theirs, and NaN is last."""
    assert standing(np.array([np.nan, 2.0, 2.0, 5.0])).tolist() == [1, 0.5, 0.5, 0]


def test_the_order_is_that_of_the_combination() -> None:
    """On datasets whose selectors are right the first is trusted, the last is not."""
    rows = ranked(recipes("a", ami=None), LABELLED)
    assert [row["rank"] for row in rows] == [*range(1, RECIPES + 1)]
    assert [row["encoder"] for row in rows] == [f"e{i}" for i in range(RECIPES)]
    assert [rows[0]["verdict"], rows[-1]["verdict"]] == [TRUST, NOT]
    expected = [row["expected_loss"] for row in rows]
    assert expected == sorted(expected)
    for row in rows:
        low, high = row["loss_low"], row["loss_high"]
        assert low - 1e-9 <= row["expected_loss"] <= high + 1e-9


def test_no_label_of_its_own_counts() -> None:
    """Neither under its name nor under another name of the same images."""
    twin = recipes("twin", dataset_key="key of a")
    right = ranked(recipes("a"), [*recipes("a"), *twin, *LABELLED])
    upside_down = [
        [row | {"ami": 0.1 + place / 10} for place, row in enumerate(rows)]
        for rows in (recipes("a"), twin)
    ]
    wrong = ranked(upside_down[0], [*upside_down[0], *upside_down[1], *LABELLED])
    assert [row.pop("ami") for row in right] != [row.pop("ami") for row in wrong]
    assert right == wrong
    assert right[0]["n_labelled"] == 4


def evidence(agreement: float, gain: float) -> Evidence:
    """Return what was learnt of one dataset."""
    places = np.linspace(0, 1, 5)
    return Evidence(agreement, places, places * 0.4, gain)


@pytest.mark.parametrize(
    ("agreements", "gains", "verdict"),
    [
        ((0.9, 0.9, 0.9), (1.0, 0.9, 0.6), TRUST),
        ((0.9, 0.9, 0.9), (1.0, 0.9, 0.4), WEAK),
        ((0.9, 0.9, 0.9), (0.5, -0.5, -0.5), NOT),
        # the three that agree most like here decide
        ((0.9, 0.9, 0.9, 0.1, 0.2), (1.0, 1.0, 1.0, -1.0, -1.0), TRUST),
        # here they agree less than anywhere
        ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), WEAK),
        ((0.9, 0.9), (1.0, 1.0), WEAK),
    ],
)
def test_a_verdict_is_that_of_datasets_that_are_like_it(
    agreements: tuple[float, ...], gains: tuple[float, ...], verdict: str
) -> None:
    """Trusted only if each of them saved half of what a random pick loses."""
    asked = Candidates.of(recipes("a"))
    object.__setattr__(asked.chosen, "agreement", 0.92)
    known = [evidence(*each) for each in zip(agreements, gains, strict=True)]
    assert trust_in(asked, known).verdict == verdict


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (recipes("a", n_samples=3), "3 images are too few; 30 are needed"),
        (recipes("a")[:1], "1 of 1 recipes can be ranked; 4 are needed"),
        (
            [r | {"silhouette_umap": i / 10} for i, r in enumerate(recipes("a"))],
            "silhouette and consensus contradict each other",
        ),
    ],
)
def test_it_abstains(asked: list[dict[str, Any]], reason: str) -> None:
    """It says why, and foretells no loss."""
    rows = ranked(asked, LABELLED)
    assert {row["reason"] for row in rows} == {reason}
    assert {(row["verdict"], row["expected_loss"]) for row in rows} == {(NOT, None)}


def test_a_selector_is_judged_by_what_it_chose() -> None:
    """The average recipe comes from the other datasets, random is the mean."""
    names = {"a": recipes("a"), "b": recipes("b"), "c": recipes("c")}
    odd = [0.1, 0.2, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1]  # the third is best here alone
    for row, ami in zip(names["a"], odd, strict=True):
        row |= {"ami": ami, "is_supervised": row["encoder"] in ("e1", "e2")}
    selectors = ("combination", "average_recipe", "supervised", "random")
    pairs = [(of, name) for of in selectors for name in (None, *names)]
    found = judge(
        {
            "selector": [of for of, _ in pairs],
            "dataset": [name for _, name in pairs],
            "labelled": [
                [each for own in names.values() for each in own],
                *[None] * (len(pairs) - 1),
            ],
        },
        {"resamples": 100, "confidence": 0.95},
    )
    assert found.keys() == JUDGED.keys()
    rows = dict(zip(pairs, zip(*found.values(), strict=True), strict=True))
    at = [*JUDGED].index
    regrets = {of: rows[of, "a"][at("regret")] for of in selectors}
    assert regrets == pytest.approx(
        {
            "combination": 0.8,
            "average_recipe": 0.8,
            "supervised": 0.35,
            "random": 0.9 - np.mean(odd),
        }
    )
    assert rows["average_recipe", "a"][at("chosen")] == "e0 / none / kmeans"
    assert rows["random", None][at("n_datasets")] == 3
    assert rows["supervised", None][at("regret")] == pytest.approx(0.35)
    mean = rows["combination", None]
    assert mean[at("low")] <= mean[at("regret")] == pytest.approx(0.8 / 3)
    assert mean[at("verdict")] == "3 weak"
