"""The study in small, from files to report, through the command line.

Every dataset stands in its official layout, every encoder is loaded from a file in its
published layout. The whole product of 2,808 cells would take an hour, so this covers
it: all datasets with one encoder, and all encoders with one dataset, each time with the
six clusterers of `study-v5`. The exception is torchvision's trained ViT, which cannot
be made small and so has the smaller dataset. CIFAR-10 is larger than the others: some
encoders are reduced to 200 dimensions.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

import zsc_wh
from tests.commands import command_here
from tests.datasets.test_catalog import STUDY as DATASETS
from tests.encoders.test_study import STUDY as ENCODERS
from tests.study_mini.layouts import make_all
from tests.study_mini.weights import encoder_toml
from zsc_wh.resources import data_folder
from zsc_wh.sqlfiles import queries
from zsc_wh.work import STAGES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

GRID = """
name = "study-mini"
seeds = [1]
probes = ["knn"]

[[study]]
datasets = "@test"
encoders = "mini_dino_vitb16"
recipes = "study-v5"

[[study]]
datasets = "cifar10"
encoders = {small}
recipes = "study-v5"

[[study]]
datasets = "imagenet-o"
encoders = "mini_vitb16"
recipes = "study-v5"
"""
SLOTS = ("kmeans", "spectral", "ac-known", "ac-unknown", "affinity", "hdbscan")
N_CELLS = (26 + 18 + 1) * 6
"""26 datasets, 18 further encoders on one of them, and one on another."""


def zscwh(folder: Path, *args: str, code: int = 0) -> str:
    """Run the command line in a folder without a network; return what it prints."""
    named = {"ZSCWH_DATA": "data", "ZSCWH_WEIGHTS": "weights", "TORCH_HOME": "none"}
    return command_here(folder)(*args, code=code, **named).stdout


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the study was run."""
    folder = tmp_path_factory.mktemp("study")
    make_all(folder / "data")
    (folder / "weights").mkdir()
    trained = [name for name in ENCODERS if name != "pixels"]
    entries = [encoder_toml(name, folder / "weights") for name in trained]
    small = ["pixels", *(f"mini_{name}" for name in trained if name != "vitb16")]
    grid = GRID.format(small=json.dumps(small))
    (folder / "mini.toml").write_text("\n".join([grid, *entries]))
    zscwh(folder, "ingest", "mini.toml", "--offline")
    return folder


@pytest.fixture(scope="module")
def rows(study: Path) -> list[dict[str, str]]:
    """Return the cells with a result."""
    text = zscwh(study, "query", "results", "-f", "csv")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_cell_is_closed(study: Path, rows: list[dict[str, str]]) -> None:
    """Done, or not converged or degenerate, as small sets are; none is left."""
    counts = Counter(row["status"] for row in rows)
    assert counts.keys() <= {"done", "not_converged", "degenerate"}
    assert counts.total() == N_CELLS
    assert counts["done"] > 0.9 * N_CELLS
    plan = json.loads(zscwh(study, "plan", "mini.toml", "-f", "json"))
    assert {row["stage"]: row["to_run"] for row in plan} == dict.fromkeys(STAGES, 0)


def test_every_dataset_and_encoder_has_every_clusterer(
    rows: list[dict[str, str]],
) -> None:
    """With what its recipe says, which the catalog calls by the slot."""
    catalog = csv.DictReader(
        io.StringIO(zscwh(data_folder("ingest"), "catalog", "clusterers", "-f", "csv"))
    )
    slot = {row["name"]: row["slot"] for row in catalog}
    by_dataset: dict[str, set[str]] = {}
    by_encoder: dict[str, set[str]] = {}
    for row in rows:
        by_dataset.setdefault(row["dataset"], set()).add(slot[row["clusterer"]])
        name = row["encoder"].removeprefix("mini_")
        by_encoder.setdefault(name, set()).add(slot[row["clusterer"]])
    assert by_dataset == {name: {*SLOTS} for name in DATASETS}
    assert by_encoder == {name: {*SLOTS} for name in ENCODERS}


def test_small_classes_have_clusters_of_two(rows: list[dict[str, str]]) -> None:
    """On the three sets that the study names, for the encoder of all sets."""
    smallest = {
        row["dataset"]
        for row in rows
        if row["clusterer"] == "hdbscan-l1-min2"
        and row["encoder"] == "mini_dino_vitb16"
    }
    assert smallest == {"celeba", "utkface", "bioscan1m"}


CELL = "mini_dino_vitb16/mnist/umap-50/kmeans"


def test_every_query_answers(study: Path) -> None:
    """Each named query, those about one cell with the name of one."""
    warehouse = zsc_wh.open(study / "zscwh.duckdb")
    empty = set()
    for name, query in queries().items():
        needs_cell = any(param.required for param in query.params)
        found = warehouse.query(name, **({"cell": CELL} if needs_cell else {}))
        assert found.columns
        if not len(found):
            empty.add(name)
    assert empty == {
        "concatenations",  # the study has none
        "failed_tasks",
        "failure_reasons",
        "failures",
        "ignored",
        "missing_cells",
        "mixed_versions",
        "rank_resolution",  # no dataset has all encoders
        "reducer_effects",  # each encoder has one reducer for a clusterer
        "unreadable",
        "within_noise",  # the study has one seed
    }


@pytest.mark.parametrize(
    "report", sorted(path.stem for path in data_folder("reports").glob("*.toml"))
)
def test_every_report_is_built(report: str, study: Path) -> None:
    """One page, in which what it is about is named."""
    encoder, dataset, *_ = CELL.split("/")
    about = {
        "cell": [CELL],
        "compare": [CELL, CELL],
        "dataset": [dataset],
        "encoder": [encoder],
        "recommend": [dataset],
    }.get(report, [])
    zscwh(study, "report", report, *about, "-o", f"{report}.html")
    page = (study / f"{report}.html").read_text("utf-8")
    assert encoder in page
