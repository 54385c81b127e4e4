from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

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
@pytest.mark.parametrize("names", [["dino", "mae", "resnet"], list(ENCODERS)])
def test_deltas_equal_numpy(
    study: Study, ask_study: Ask, scope: str, names: list[str]
) -> None:
    """Mean, SD, SE and t over datasets are those of numpy and scipy after the mask."""
    means, kept = masked_means(study, names)
    chosen = [list(DATASETS).index(name) for name in SCOPES[scope]]
    deltas = 100 * (means - means[names.index("resnet")])[:, chosen]
    rows = {
        row["encoder"]: row
        for row in ask_study("delta_ami", encoders=names)
        if row["scope"] == scope
    }
    others = [name for name in names if name != "resnet"]
    assert rows.keys() == set(others)
    for name in others:
        delta = deltas[names.index(name)]
        row = rows[name]
        assert row["baseline"] == "resnet"
        assert row["delta_pp"] == pytest.approx(delta.mean())
        assert row["sd_pp"] == pytest.approx(delta.std())
        assert row["se_pp"] == pytest.approx(delta.std() / math.sqrt(len(delta)))
        assert row["t_value"] == pytest.approx(
            scipy.stats.ttest_1samp(delta, 0).statistic
        )
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


@pytest.mark.parametrize(
    ("params", "encoders", "baseline"),
    [
        ({"baseline": "pixels"}, {"dino", "mae", "resnet"}, "pixels"),
        (
            {"baseline": "resnet", "backbone": "vit"},
            {"dino", "mae", "pixels"},
            "resnet",
        ),
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
