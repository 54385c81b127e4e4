"""Tests of the queries about probes: probes, knn_vs_ami, probe_points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

from tests.queries.conftest import asking, stored
from tests.queries.made import Made
from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.conftest import Ask

FAMILIES = {
    "clip": "multimodal",
    "dino": "ssl",
    "mae": "ssl",
    "mine": "unknown",
    "net": "supervised",
    "pixels": "none",
    "rand": "random",
    "tuned": "ssl",
}
DATASETS = ("air", "cars", "dtd", "mnist")
CLUSTERERS = ("hdbscan", "kmeans")
KS = (1, 20)
Scores = dict[tuple[str, str, str], float]


def make_probed() -> tuple[Made, Scores, Scores]:
    """Make a study with AMI by clusterer and kNN accuracy by k, some of each missing.

    Scores are rounded so that ties are common.
    """
    rng = np.random.default_rng(3)
    made = Made()
    made.reducer("none")
    for clusterer in CLUSTERERS:
        made.clusterer(clusterer)
    for dataset in DATASETS:
        made.dataset(dataset, ["a", "b"], group="far")
    ami: Scores = {}
    accuracy: Scores = {}
    for encoder, family in FAMILIES.items():
        backbone = None if encoder == "mine" else "rn" if encoder == "net" else "vit"
        tuned = encoder == "tuned"
        made.encoder(encoder, family, backbone=backbone, fine_tuned=tuned)
        for dataset in DATASETS:
            quality = rng.uniform()
            for clusterer in CLUSTERERS:
                value = round(quality + rng.normal(scale=0.2), 1)
                missing = rng.uniform() < 0.1
                cell = made.cell(encoder, dataset, "none", clusterer)
                made.run(cell, {"ami": None if missing else value})
                if not missing:
                    ami[encoder, dataset, clusterer] = value
            if rng.uniform() < 0.2:
                continue
            for k in KS:
                value = round(min(1, quality / 2 + rng.uniform() / 2), 1)
                scores = {"accuracy": value, "top5": 1.0}
                made.probe(encoder, dataset, dataset, scores, k=k, temperature=0.07)
                accuracy[encoder, dataset, str(k)] = value
    return made, ami, accuracy


@pytest.fixture(scope="module")
def probed() -> tuple[Made, Scores, Scores]:
    """Return the study with the scores that are in it."""
    return make_probed()


@pytest.fixture(scope="module")
def ask_probed(
    probed: tuple[Made, Scores, Scores],
    blank: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Ask:
    """Return a way to ask the study."""
    folder = tmp_path_factory.mktemp("probed")
    return asking(stored(probed[0], blank, folder / "probed.duckdb"))


TRAINED = ("dino", "mae", "mine", "net")


@pytest.mark.parametrize(
    ("params", "backbone", "encoders"),
    [
        ({}, "all", TRAINED),
        ({}, "vit", ("dino", "mae")),
        ({"fine_tuned": "with"}, "vit", ("dino", "mae", "tuned")),
        ({"fine_tuned": "only"}, "all", ("tuned",)),
        ({"families": ["none", "ssl"]}, "all", ("dino", "mae", "pixels")),
        ({"families": None, "fine_tuned": "with"}, "all", tuple(FAMILIES)),
        ({"encoders": ["dino", "net"]}, "all", ("dino", "net")),
    ],
)
def test_rho_equals_scipy(
    ask_probed: Ask,
    probed: tuple[Made, Scores, Scores],
    params: dict[str, object],
    backbone: str,
    encoders: tuple[str, ...],
) -> None:
    """The correlation over points with both results is that of scipy, and so is n."""
    _, ami, accuracy = probed
    rows = {
        (row["clusterer"], row["k"]): row
        for row in ask_probed("knn_vs_ami", **params)
        if row["backbone"] == backbone
    }
    assert rows.keys() == {(name, k) for name in CLUSTERERS for k in KS}
    got = {name: (row["rho"], row["n_points"]) for name, row in rows.items()}
    want = {}
    for name, k in rows:
        both = [
            (accuracy[encoder, dataset, str(k)], ami[encoder, dataset, name])
            for encoder in encoders
            for dataset in DATASETS
            if (encoder, dataset, str(k)) in accuracy
            and (encoder, dataset, name) in ami
        ]
        found, known = np.array(both).T
        rho = scipy.stats.spearmanr(found, known).statistic
        want[name, k] = (pytest.approx(rho, abs=1e-12), len(both))
    assert got == want
    assert {row["n_points_total"] for row in rows.values()} == {
        len(encoders) * len(DATASETS)
    }


def test_the_points_carry_the_correlation_of_all_backbones(
    ask_probed: Ask, probed: tuple[Made, Scores, Scores]
) -> None:
    """Each point has its scores; rho is that of all points of clusterer and k."""
    _, ami, accuracy = probed
    rows = ask_probed("probe_points")
    points = {(row["encoder"], row["dataset"], row["clusterer"]): row for row in rows}
    assert len(points) == len(rows)
    assert {point: (row["ami"], row["accuracy"]) for point, row in points.items()} == {
        point: (ami[point], accuracy[(*point[:2], "20")]) for point in points
    }
    summary = {
        row["clusterer"]: row
        for row in ask_probed("knn_vs_ami", k=20)
        if row["is_overall"]
    }
    assert len(rows) == sum(row["n_points"] for row in summary.values())
    np.testing.assert_allclose(
        [row["rho"] for row in rows],
        [summary[row["clusterer"]]["rho"] for row in rows],
    )


@pytest.mark.parametrize("name", ["knn_vs_ami", "probe_points"])
@pytest.mark.parametrize(
    "params",
    [
        {"backbone": "x"},
        {"clusterers": ["x"]},
        {"dataset": "x"},
        {"domain_group": "x"},
        {"encoders": ["x"]},
        {"families": []},
        {"grid": "x"},
        {"k": 7},
        {"reducer": "x"},
        {"seed": 7},
    ],
)
def test_each_filter_filters(
    ask_probed: Ask, name: str, params: dict[str, object]
) -> None:
    """A filter for what is not there leaves nothing."""
    assert ask_probed(name, **params) == []


@pytest.mark.parametrize("name", ["knn_vs_ami", "probe_points"])
def test_a_misspelt_choice_is_refused(ask_probed: Ask, name: str) -> None:
    """What to do with fine-tuned encoders is one of three words."""
    with pytest.raises(QueryError, match="'fine_tuned' cannot be"):
        ask_probed(name, fine_tuned="yes")


@pytest.mark.parametrize("name", ["knn_vs_ami", "probe_points"])
@pytest.mark.parametrize(
    ("n", "params", "rho"), [(3, {}, None), (4, {}, 1.0), (3, {"min_points": 2}, 1.0)]
)
def test_few_points_have_no_correlation(
    ask_of: Callable[[Made], Ask],
    name: str,
    n: int,
    params: dict[str, int],
    rho: float | None,
) -> None:
    """Two points always lie on a line: fewer than four say nothing, unless asked."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("d", ["a", "b"])
    for place in range(n):
        made.encoder(f"e{place}")
        made.run(made.cell(f"e{place}", "d", "none", "kmeans"), {"ami": place / 10})
        made.probe(f"e{place}", "d", "d", {"accuracy": place / 9}, k=20)
    rows = ask_of(made)(name, **params)
    assert rows
    assert {row["n_points"] for row in rows} == {n}
    assert [row["rho"] for row in rows] == [rho and pytest.approx(rho)] * len(rows)


@pytest.mark.parametrize("constant", ["ami", "accuracy"])
@pytest.mark.parametrize("query", ["knn_vs_ami", "probe_points"])
def test_rho_without_spread_is_null(
    ask_of: Callable[[Made], Ask], query: str, constant: str
) -> None:
    """Points in a row have no correlation: NULL, never NaN, however many they are."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("d", ["a", "b"])
    for i in range(5):
        made.encoder(f"e{i}")
        values = {"ami": i / 10, "accuracy": i / 10} | {constant: 0.5}
        cell = made.cell(f"e{i}", "d", "none", "kmeans")
        made.run(cell, {"ami": values["ami"]})
        accuracy = {"accuracy": values["accuracy"]}
        made.probe(f"e{i}", "d", "d", accuracy, k=20, temperature=0.07)
    rows = ask_of(made)(query)
    assert rows
    assert {(row["rho"], row["n_points"]) for row in rows} == {(None, 5)}


@pytest.fixture
def made() -> Made:
    """Make both probes of one encoder, and one of another that is not applicable."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    for encoder in ("vit", "net"):
        made.encoder(encoder, backbone=encoder)
    made.dataset("train", ["a", "b"])
    made.dataset("test", ["a", "b"], group="far", train="train")
    made.embedding("vit", "train")
    made.embedding("vit", "test")
    for k, accuracy in ((1, 0.5), (20, 0.75)):
        scores = {"accuracy": accuracy, "top5": 1.0}
        made.probe("vit", "train", "test", scores, k=k, temperature=0.07)
    linear = {"accuracy": 0.8, "balanced_accuracy": 0.7, "cross_entropy": 1.5}
    made.probe("vit", "train", "test", linear, method="linear", epochs=10)
    # known from its cell alone: nothing was embedded
    cells = [made.cell(name, "test", "none", "kmeans") for name in ("net", "vit")]
    made.grid("net only", cells[:1])
    reason = "no class of test occurs in train"
    made.probe("net", "train", "test", {"accuracy": None}, k=1, reason=reason)
    return made


def test_probes_come_with_their_scores(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """A probe has its scores side by side; what it does not measure is NULL."""
    rows = ask_of(made)("probes", encoder="vit")
    assert [
        (row["method"], row["k"], row["accuracy"], row["top5"], row["cross_entropy"])
        for row in rows
    ] == [
        ("knn", 1, 0.5, 1.0, None),
        ("knn", 20, 0.75, 1.0, None),
        ("linear", None, 0.8, None, 1.5),
    ]
    assert {row["train"] for row in rows} == {"train"}


def test_a_probe_that_is_not_applicable_says_why(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Without embeddings the names come from the cell and the declared dataset."""
    (row,) = ask_of(made)("probes", applicable=False)
    assert (row["encoder"], row["dataset"], row["train"]) == ("net", "test", "train")
    assert (row["accuracy"], row["reason"]) == (
        None,
        "no class of test occurs in train",
    )


@pytest.mark.parametrize(
    ("params", "n"),
    [
        ({}, 4),
        ({"method": "linear"}, 1),
        ({"k": 1}, 2),
        ({"applicable": True}, 3),
        ({"grid": "net only"}, 1),
        ({"dataset": "train"}, 0),
        ({"domain_group": "far"}, 4),
        ({"encoder": "net"}, 1),
        ({"encoders": ["vit"]}, 3),
        ({"backbone": "net"}, 1),
    ],
)
def test_probes_can_be_filtered(
    ask_of: Callable[[Made], Ask], made: Made, params: dict[str, object], n: int
) -> None:
    """Each filter leaves the probes that it names."""
    assert len(ask_of(made)("probes", **params)) == n


def test_the_view_result_has_the_accuracy_of_twenty_neighbours(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Of all probes of an embedding the one with k = 20 stands beside its results."""
    cell = made.cell("vit", "test", "none", "kmeans")
    made.run(cell, {"ami": 0.5})
    (row,) = ask_of(made)("results")
    assert row["knn_accuracy"] == 0.75
