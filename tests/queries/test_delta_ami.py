from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

from tests.analyses.oracle import interval
from tests.queries.made import Made
from tests.queries.study import DATASETS, ENCODERS, Study

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.queries.conftest import Ask


def masked_means(
    study: Study, names: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return mean AMI as (encoder, dataset) over complete pairs, and the pairs kept."""
    places = [list(ENCODERS).index(name) for name in names]
    ami = study.medians("ami")[places]
    kept: NDArray[np.bool_] = np.logical_not(np.isnan(ami).any(axis=0))
    means = np.array(
        [
            [ami[e, d][kept[d]].mean() for d in range(len(DATASETS))]
            for e in range(len(names))
        ]
    )
    return means, kept


SCOPES = {
    "overall": list(DATASETS),
    "far": [name for name, group in DATASETS.items() if group == "far"],
    "fine": [name for name, group in DATASETS.items() if group == "fine"],
}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("names", [["dino", "mae", "resnet"], ["pixels", "resnet"]])
def test_deltas_equal_numpy(
    study: Study, ask_study: Ask, scope: str, names: list[str]
) -> None:
    """Mean, SD, SE and t over datasets are those of numpy and scipy after the mask."""
    means, kept = masked_means(study, names)
    chosen = [list(DATASETS).index(name) for name in SCOPES[scope]]
    deltas = 100 * (means - means[names.index("resnet")])[:, chosen]
    rows = {
        row["encoder"]: row
        for row in ask_study("delta_ami")
        if row["scope"] == scope and row["encoder"] in names
    }
    others = [name for name in names if name != "resnet"]
    p_values = {}
    assert rows.keys() == set(others)
    for name in others:
        delta = deltas[names.index(name)]
        row = rows[name]
        assert (row["baseline"], row["n_encoders"]) == ("resnet", len(names))
        assert row["delta_pp"] == pytest.approx(delta.mean())
        assert row["sd_pp"] == pytest.approx(delta.std())
        assert row["se_pp"] == pytest.approx(delta.std() / math.sqrt(len(delta)))
        assert row["t_value"] == pytest.approx(
            scipy.stats.ttest_1samp(delta, 0).statistic
        )
        p_values[name] = scipy.stats.ttest_1samp(delta, 0).pvalue
        assert row["p_value"] == pytest.approx(p_values[name])
        parts = {list(DATASETS)[place]: [delta[i]] for i, place in enumerate(chosen)}
        assert (row["low"], row["high"]) == pytest.approx(interval(parts))
        assert (row["n_datasets"], row["n_datasets_total"]) == (len(chosen),) * 2
        assert (row["n_pairs"], row["n_pairs_total"]) == (
            kept[chosen].sum(),
            kept[chosen].size,
        )
    assert not kept[chosen].all()


def two_encoders(scores: dict[tuple[str, str], float | None]) -> Made:
    """Make datasets and scores of the encoders ``net`` (supervised) and ``ssl``."""
    made = Made()
    made.encoder("net", "supervised")
    made.encoder("ssl")
    made.reducer("none")
    made.clusterer("kmeans")
    for encoder, dataset in scores:
        made.dataset(dataset, ["a", "b"], group="far")
        made.run(
            made.cell(encoder, dataset, "none", "kmeans"),
            {"ami": scores[encoder, dataset]},
        )
    return made


def test_a_masked_dataset_is_dropped_and_counted(
    ask_of: Callable[[Made], Ask],
) -> None:
    """A dataset without a complete pair leaves the mean, and N still counts it."""
    made = two_encoders(
        {("net", "x"): 0.5, ("ssl", "x"): 0.7, ("net", "y"): 0.5, ("ssl", "y"): None}
    )
    (overall, group) = ask_of(made)("delta_ami")
    assert overall["is_overall"]
    assert (group["is_overall"], group["scope"]) == (False, "far")
    assert overall["delta_pp"] == pytest.approx(20)
    assert (overall["n_datasets"], overall["n_datasets_total"]) == (1, 2)
    assert (overall["sd_pp"], overall["t_value"]) == (0, None)
    assert (overall["low"], overall["high"]) == (None, None)


def test_nothing_complete_leaves_a_row_without_value(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Where no pair is complete the row says 0 of N instead of vanishing."""
    made = two_encoders({("net", "x"): 0.5, ("ssl", "x"): None})
    row = ask_of(made)("delta_ami")[0]
    assert (row["delta_pp"], row["n_pairs"], row["n_pairs_total"]) == (None, 0, 1)


@pytest.mark.parametrize(
    ("families", "baseline"),
    [
        ({"a": "ssl", "b": "random", "c": "none", "d": "supervised"}, "d"),
        ({"a": "ssl", "b": "random", "c": "none"}, "c"),
        ({"a": "ssl", "b": "random"}, "b"),
        ({"b": "supervised", "a": "supervised", "c": "ssl"}, "a"),
        ({"a": "ssl", "b": "multimodal"}, None),
    ],
)
def test_the_default_baseline(
    ask_of: Callable[[Made], Ask], families: dict[str, str], baseline: str | None
) -> None:
    """Supervised goes before pixels, pixels before random; else there is none."""
    made = Made()
    made.dataset("x", ["a", "b"])
    made.reducer("none")
    made.clusterer("kmeans")
    for name, family in families.items():
        made.encoder(name, family)
        made.run(made.cell(name, "x", "none", "kmeans"), {"ami": 0.5})
    rows = ask_of(made)("delta_ami")
    assert {row["baseline"] for row in rows} == ({baseline} if baseline else set())


def test_a_fine_tuned_encoder_is_no_default_baseline(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Fine-tuning with labels does not make an encoder the supervised baseline."""
    made = two_encoders({("net", "x"): 0.5, ("ssl", "x"): 0.7})
    made.encoder("net", "supervised", fine_tuned=True)
    assert ask_of(made)("delta_ami") == []


BACKBONES = {
    "resnet50": ("supervised", "rn50", False),
    "dino_rn": ("ssl", "rn50", False),
    "random_rn": ("random", "rn50", False),
    "vit": ("supervised", "vit", False),
    "dino_vit": ("ssl", "vit", False),
    "mae_vit": ("ssl", "vit", False),
    "ft_vit": ("ssl", "vit", True),
    "clip_vit": ("multimodal", "vit", False),
    "pixels": ("none", None, False),
    "swin": ("ssl", "swin", False),
}
"""Family, backbone, fine-tuned; one encoder has no supervised one of its backbone."""

MASKS: dict[str, list[tuple[str, ...]]] = {
    "resnet50": [("dino_rn",), ("random_rn",), ("swin",), ("pixels",)],
    "vit": [("dino_vit", "mae_vit", "ft_vit"), ("clip_vit",)],
}
"""By baseline, the encoders that share its mask."""


def two_backbones() -> tuple[Made, dict[str, NDArray[np.float64]]]:
    """Make a study of ten encoders, each with AMIs by (dataset, clusterer)."""
    rng = np.random.default_rng(3)
    made = Made()
    made.reducer("none")
    clusterers = ("hdbscan", "kmeans", "ward")
    for clusterer in clusterers:
        made.clusterer(clusterer)
    for dataset in ("x", "y", "z"):
        made.dataset(dataset, ["a", "b"], group="far")
    scores = {}
    for name, (family, backbone, fine_tuned) in BACKBONES.items():
        made.encoder(name, family, backbone=backbone, fine_tuned=fine_tuned)
        scores[name] = rng.uniform(size=(3, 3))
        scores[name][rng.uniform(size=(3, 3)) < 0.12] = np.nan
        for d, dataset in enumerate(("x", "y", "z")):
            for c, clusterer in enumerate(clusterers):
                value = scores[name][d, c]
                made.run(
                    made.cell(name, dataset, "none", clusterer),
                    {"ami": None if np.isnan(value) else float(value)},
                )
    return made, scores


def masked_delta(
    scores: dict[str, NDArray[np.float64]], encoder: str, baseline: str, mask: set[str]
) -> float:
    """Return the mean over datasets of the difference over pairs that all have."""
    values = np.stack([scores[name] for name in sorted(mask)])
    kept = np.logical_not(np.isnan(values).any(axis=0))
    deltas = [
        scores[encoder][d][kept[d]].mean() - scores[baseline][d][kept[d]].mean()
        for d in range(3)
        if kept[d].any()
    ]
    return 100 * float(np.mean(deltas))


@pytest.mark.parametrize("fine_tuned", ["with", "without", "only"])
def test_each_backbone_has_its_own_baseline_and_mask(
    ask_of: Callable[[Made], Ask], fine_tuned: str
) -> None:
    """A ViT is compared with the ViT; pixels and untrained networks mask nobody."""
    made, scores = two_backbones()
    rows = ask_of(made)("delta_ami", fine_tuned=fine_tuned)
    found = {row["encoder"]: row for row in rows if row["is_overall"]}
    kept = {
        name
        for name, (_, _, tuned) in BACKBONES.items()
        if fine_tuned == "with" or tuned == (fine_tuned == "only")
    }
    assert found.keys() == kept - set(MASKS)
    for baseline, groups in MASKS.items():
        for group in groups:
            mask = {baseline, *group} & (kept | {baseline})
            for encoder in set(group) & kept:
                row = found[encoder]
                own = BACKBONES[encoder][1] == BACKBONES[baseline][1]
                chosen_as = "backbone" if own else "supervised"
                assert (row["baseline"], row["chosen_as"]) == (baseline, chosen_as)
                assert row["n_encoders"] == len(mask)
                assert row["delta_pp"] == pytest.approx(
                    masked_delta(scores, encoder, baseline, mask)
                )


def test_a_named_baseline_is_for_all(ask_of: Callable[[Made], Ask]) -> None:
    """With one that is named, backbones do not matter."""
    made, scores = two_backbones()
    rows = ask_of(made)("delta_ami", baseline="dino_rn")
    found = {row["encoder"]: row for row in rows if row["is_overall"]}
    assert found.keys() == BACKBONES.keys() - {"dino_rn"}
    assert {row["chosen_as"] for row in found.values()} == {"named"}
    trained = BACKBONES.keys() - {"random_rn", "clip_vit", "pixels"}
    assert found["vit"]["delta_pp"] == pytest.approx(
        masked_delta(scores, "vit", "dino_rn", set(trained))
    )
    assert found["pixels"]["delta_pp"] == pytest.approx(
        masked_delta(scores, "pixels", "dino_rn", {"pixels", "dino_rn"})
    )


@pytest.mark.parametrize(
    ("params", "encoders", "baseline"),
    [
        ({"baseline": "pixels"}, {"dino", "mae", "resnet"}, "pixels"),
        ({"backbone": "vit"}, {"dino", "mae", "pixels"}, "resnet"),
        ({"encoders": ["mae"]}, {"mae"}, "resnet"),
        ({"baseline": "no such encoder"}, set(), ""),
    ],
)
def test_baseline_and_encoders_are_chosen(
    ask_study: Ask, params: dict[str, object], encoders: set[str], baseline: str
) -> None:
    """Other filters leave the baseline in; an unknown baseline gives nothing."""
    rows = ask_study("delta_ami", **params)
    assert {row["encoder"] for row in rows} == encoders
    assert {row["baseline"] for row in rows} <= {baseline}
