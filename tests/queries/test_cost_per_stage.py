from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made, key
from zsc_wh.errors import QueryError
from zsc_wh.sqlfiles import queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def made() -> Made:
    """Make tasks of every stage, one of them failed, one of an unknown subject."""
    made = Made()
    made.encoder("vit")
    made.encoder("resnet")
    for dataset in ("x", "y"):
        made.dataset(dataset, ["a", "b"])
    made.reducer("umap-50")
    made.clusterer("kmeans")
    for wall_s, dataset in ((1.0, "x"), (5.0, "y")):
        embedding = made.embedding("vit", dataset)
        made.task("embed", embedding, wall_s, peak_bytes=int(wall_s))
        made.task("score", embedding, 2 * wall_s)
        probe = made.probe("vit", dataset, dataset, {"accuracy": wall_s / 5}, k=1)
        made.task("probe", probe, 0.25, cpu_energy_j=wall_s)
    cell = made.cell("vit", "x", "umap-50", "kmeans")
    reduction = made.reduction("vit", "x", "umap-50")
    made.task("reduce", reduction, 3.0)
    made.task("score", reduction, 4.0)
    made.task("cluster", cell, 0.5)
    made.task("cluster", cell, 2.5)
    made.task("cluster", cell, 1.0)
    # never embedded: known from the cell that asked for it
    failed = made.cell("resnet", "x", "umap-50", "kmeans")
    made.task(
        "embed", made.rows["cell"][failed]["embedding_key"], None, status="killed"
    )
    made.task("embed", key("forgotten"), 7.0)
    return made


def test_costs_by_method(ask_of: Callable[[Made], Ask], made: Made) -> None:
    """Each stage has the sum, median and maximum of the tasks of each method."""
    rows = {
        (row["stage"], row["subject"]): row for row in ask_of(made)("cost_per_stage")
    }
    totals = {name: (row["n"], row["total_s"]) for name, row in rows.items()}
    assert totals == {
        ("embed", "unknown"): (1, 7.0),
        ("embed", "vit"): (2, 6.0),
        ("embed", "resnet"): (1, 0.0),
        ("reduce", "umap-50"): (1, 3.0),
        ("cluster", "kmeans"): (3, 4.0),
        ("score", "embedding"): (2, 12.0),
        ("score", "umap-50"): (1, 4.0),
        ("probe", "knn"): (2, 0.5),
    }
    kmeans = rows["cluster", "kmeans"]
    assert kmeans["median_s"] == statistics.median([0.5, 2.5, 1.0])
    assert kmeans["max_s"] == 2.5
    assert rows["embed", "vit"]["peak_bytes"] == 5
    assert rows["embed", "resnet"]["n_not_done"] == 1
    assert rows["probe", "knn"]["cpu_energy_j"] == 6.0
    assert rows["embed", "vit"]["cpu_energy_j"] is None


def test_an_embedding_that_is_clustered_itself_is_of_its_encoder(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """A cell without a reduction has the key of its embedding for both."""
    made.reducer("none")
    cell = made.rows["cell"][made.cell("vit", "x", "none", "kmeans")]
    cell["reduction_key"] = cell["embedding_key"]
    rows = ask_of(made)("cost_per_stage", stage="embed", encoder="vit")
    assert [row["subject"] for row in rows] == ["vit"]


@pytest.mark.parametrize(
    ("params", "subjects"),
    [
        ({"by": "dataset"}, {"x": 14.25, "y": 15.25, "unknown": 7.0}),
        ({"by": "encoder"}, {"vit": 29.5, "resnet": 0.0, "unknown": 7.0}),
        ({"by": "encoder", "dataset": "y"}, {"vit": 15.25}),
        ({"by": "dataset", "encoder": "vit"}, {"x": 14.25, "y": 15.25}),
        ({"stage": "probe"}, {"knn": 0.5}),
        ({"stage": "reduce"}, {"umap-50": 3.0}),
    ],
)
def test_costs_by_dataset_and_encoder(
    ask_of: Callable[[Made], Ask],
    made: Made,
    params: dict[str, str],
    subjects: dict[str, float],
) -> None:
    """Costs can be summed by dataset or encoder, and filtered."""
    totals: dict[str, float] = {}
    for row in ask_of(made)("cost_per_stage", **params):
        totals[row["subject"]] = totals.get(row["subject"], 0) + row["total_s"]
    assert totals == subjects


@pytest.mark.parametrize(
    ("by", "subjects"),
    [
        ("method", {"knn": 0.5, "my probe": 8.0, "unknown": 16.0}),
        ("encoder", {"vit": 8.5, "resnet": 16.0}),
        ("dataset", {"x": 8.25, "y": 16.25}),
    ],
)
def test_a_probe_that_failed_is_known_by_its_embedding(
    ask_of: Callable[[Made], Ask], made: Made, by: str, subjects: dict[str, float]
) -> None:
    """It made no row, so its method is read from its names."""
    title = "vit / x / my probe (class)"
    for names, wall_s, subject in (
        (("vit", "x"), 8.0, title),
        (("resnet", "y"), 16.0, "no names"),
    ):
        embedding = made.embedding(*names)
        made.task("probe", embedding, wall_s, subject=subject, status="failed")
    rows = ask_of(made)("cost_per_stage", by=by, stage="probe")
    assert {row["subject"]: row["total_s"] for row in rows} == subjects
    assert sum(row["n_not_done"] for row in rows) == 2


@pytest.mark.parametrize(
    ("name", "column", "limit"),
    [
        ("cost_per_stage", "cpu_energy_j", "an upper bound, exact with --jobs 1"),
        ("cost_per_stage", "gpu_energy_j", "an upper bound"),
        ("hosts", "cpu_energy_j", "an upper bound, exact with --jobs 1"),
        ("hosts", "gpu_energy_j", "an upper bound"),
        ("probes", "wall_s", "not to be summed"),
    ],
)
def test_costs_that_are_shared_say_so(name: str, column: str, limit: str) -> None:
    """Tasks side by side count one machine, and rows of a probe have one task."""
    helps = {column.name: column.help for column in queries()[name].columns}
    assert limit in helps[column]


def test_an_unknown_sum_is_refused(ask_of: Callable[[Made], Ask], made: Made) -> None:
    """A misspelt `by` is an error."""
    ask = ask_of(made)
    with pytest.raises(QueryError, match="'by' cannot be"):
        ask("cost_per_stage", by="host")
