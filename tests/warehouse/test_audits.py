from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.warehouse.rows import LABELS, declared, finished, joined, key, study
from zsc_wh.errors import LoadError
from zsc_wh.shards import write_shard
from zsc_wh.sqlfiles import audits

if TYPE_CHECKING:
    import duckdb

    from zsc_wh.warehouse import Warehouse

Part = dict[str, list[dict[str, Any]]]


def changed(table: str, **change: Any) -> Part:
    """Return a whole study in which the first row of a table is changed."""
    part = study("a", "b")
    part[table][0] |= change
    return part


def extra(table: str, *rows: dict[str, Any]) -> Part:
    """Return a whole study with further rows of a table."""
    return joined(study("a", "b"), {table: list(rows)})


def second(table: str) -> Part:
    """Return a study with a second thing of the same name and another key."""
    (row,) = declared()[table]
    return extra(table, row | {f"{table}_key": key("another")})


def other_weights() -> Part:
    (row,) = declared()["embedding"]
    change = {"embedding_key": key("another"), "weights_sha256": key("other weights")}
    return extra("embedding", row | change)


def relabelled(labels: list[int | None]) -> Part:
    """Return a study whose first run has this assignment."""
    return changed("assignment", labels=labels)


def probed(score: float | None, **change: Any) -> Part:
    """Return a study with a probe that has one score; NULL: it is not applicable."""
    reason = "no class in common" if score is None else None
    row = {"probe_key": PROBE["probe_key"], "metric": "accuracy"}
    return joined(
        extra("probe", PROBE | change),
        {"probe_score": [row | {"value": score, "reason": reason}]},
    )


def unreadable(n: int = 5, index: int = 3) -> Part:
    """Return a study with one sample left out of an embedding of `n` samples."""
    part = changed("embedding", n=n)
    row = {"embedding_key": key("embedding", "made"), "reason": "truncated"}
    part["unreadable_sample"] = [row | {"sample_index": index}]
    for assignment in part["assignment"]:
        assignment["labels"] = [0, 0, 1, None, -1, 2]
    return part


def scored(metric: str, value: float) -> Part:
    space = "labels" if metric == "ami" else "reduced"
    return changed("score", metric=metric, space=space, value=value)


NOWHERE = key("nowhere")
PROBE = {
    "probe_key": key("probe"),
    "train_embedding_key": key("embedding", "made"),
    "test_embedding_key": key("embedding", "made"),
    "level": "class",
    "method": "knn",
    "params": '{"k": 20}',
}
REDUCTION = {
    "reduction_key": key("reduction"),
    "reducer_key": key("reducer", "made"),
    "embedding_key": key("embedding", "made"),
    "dtype": "float32",
    "n": 6,
    "dim": 2,
    "uri": "x",
    "sha256": "x",
    "wall_s": 1.0,
    "threads": 1,
    "device": "cpu",
    "host": "here",
    "versions": "{}",
    "created_at": declared()["embedding"][0]["created_at"],
}
ARRAY = {
    "array_key": key("embedding", "made"),
    "level": "class",
    "metric": "silhouette",
}
SCORE = finished("a")["score"][0]
LABEL = declared()["label"][0]

BREAKS: dict[str, tuple[str, Part]] = {
    # what a row refers to exists
    "embedding.encoder_key": ("reference", changed("embedding", encoder_key=NOWHERE)),
    "embedding.dataset_key": ("reference", changed("embedding", dataset_key=NOWHERE)),
    "reduction.embedding_key": (
        "reference",
        extra("reduction", REDUCTION | {"embedding_key": NOWHERE}),
    ),
    "reduction.reducer_key": (
        "reference",
        extra("reduction", REDUCTION | {"reducer_key": NOWHERE}),
    ),
    "label.dataset_key": (
        "reference",
        extra("label", LABEL | {"dataset_key": NOWHERE}),
    ),
    "label_level.dataset_key": (
        "reference",
        changed("label_level", dataset_key=NOWHERE),
    ),
    "sample.dataset_key": (
        "reference",
        extra("sample", {"dataset_key": NOWHERE, "sample_index": 0, "sample_id": "x"}),
    ),
    "cell.encoder_key": ("reference", changed("cell", encoder_key=NOWHERE)),
    "cell.dataset_key": ("reference", changed("cell", dataset_key=NOWHERE)),
    "cell.reducer_key": ("reference", changed("cell", reducer_key=NOWHERE)),
    "cell.clusterer_key": ("reference", changed("cell", clusterer_key=NOWHERE)),
    "run.cell_key": ("reference", changed("run", cell_key=NOWHERE)),
    "assignment.run_key": (
        "reference",
        extra("assignment", {"run_key": NOWHERE, "labels": LABELS}),
    ),
    "score.run_key": ("reference", extra("score", SCORE | {"run_key": NOWHERE})),
    "grid_cell.grid_key": (
        "reference",
        extra("grid_cell", {"grid_key": NOWHERE, "cell_key": key("cell", "a")}),
    ),
    "grid_cell.cell_key": (
        "reference",
        extra("grid_cell", {"grid_key": NOWHERE, "cell_key": NOWHERE}),
    ),
    "grid_score.grid_key": (
        "reference",
        extra(
            "grid_score",
            {
                "grid_key": NOWHERE,
                "score": "ami",
                "metric": "ami",
                "space": "labels",
                "subset": "all",
            },
        ),
    ),
    "probe.train_embedding_key": (
        "reference",
        probed(0.5, train_embedding_key=NOWHERE),
    ),
    "probe.test_embedding_key": (
        "reference",
        probed(0.5, test_embedding_key=NOWHERE),
    ),
    "probe_score.probe_key": (
        "reference",
        extra("probe_score", {"probe_key": NOWHERE, "metric": "top5", "value": 0.5}),
    ),
    "unreadable_sample.embedding_key": (
        "reference",
        extra(
            "unreadable_sample",
            {"embedding_key": NOWHERE, "sample_index": 0, "reason": "empty"},
        ),
    ),
    "projection.reduction_key": (
        "reference",
        extra("projection", {"reduction_key": NOWHERE, "x": [0.5], "y": [0.5]}),
    ),
    "array_score.array_key": (
        "reference",
        extra("array_score", ARRAY | {"array_key": NOWHERE, "value": 0.5}),
    ),
    # one name means one thing
    **{
        f"name of {kind}": ("one_key_per_name", second(kind))
        for kind in ("encoder", "dataset", "reducer", "clusterer")
    },
    "weights": ("one_weights_per_encoder", other_weights()),
    # lists have the length and the values that they must have
    "too few labels": ("label_fits_dataset", changed("label", class_index=[0] * 5)),
    "class without name": (
        "label_fits_dataset",
        changed("label", class_index=[0, 1, 2, 0, 0, 0]),
    ),
    "sentinel label": (
        "label_fits_dataset",
        changed("label", class_index=[0, 1, -1, 0, 0, 0]),
    ),
    "a sample without name": ("sample_fits_dataset", changed("sample", sample_index=6)),
    "too many samples": (
        "sample_fits_dataset",
        extra(
            "sample",
            {"dataset_key": LABEL["dataset_key"], "sample_index": 6, "sample_id": "x"},
        ),
    ),
    "too short": ("assignment_fits_run", relabelled([0, 1, 2, -1, 0])),
    "too long": ("assignment_fits_run", relabelled([*LABELS, 0])),
    "cluster below noise": ("assignment_fits_run", relabelled([0, 0, 1, -2, -1, 2])),
    "no cluster": ("assignment_fits_run", relabelled([0, 0, 1, None, -1, 2])),
    "other clusters": ("assignment_fits_run", changed("run", n_clusters=2)),
    "unknown clusters": ("assignment_fits_run", changed("run", n_clusters=None)),
    "other noise": ("assignment_fits_run", changed("run", n_noise=0)),
    "unknown noise": ("assignment_fits_run", changed("run", n_noise=None)),
    "no assignment": (
        "assignment_fits_run",
        {**study("a", "b"), "assignment": finished("a")["assignment"]},
    ),
    "subset too long": (
        "assignment_fits_run",
        relabelled([*LABELS, 0]) | {"cell": changed("cell", subset="x")["cell"]},
    ),
    # an embedding and the samples that could not be read make up the dataset
    "a sample lost": ("unreadable_fits_embedding", changed("embedding", n=5)),
    "a sample twice": ("unreadable_fits_embedding", unreadable(n=6)),
    "a sample beyond": ("unreadable_fits_embedding", unreadable(index=6)),
    # scores lie in the range of their metric
    "ami": ("score_in_range", scored("ami", 1.001)),
    "silhouette above": ("score_in_range", scored("silhouette", 1.001)),
    "silhouette below": ("score_in_range", scored("silhouette", -1.001)),
    "nmi": ("score_in_range", scored("nmi", -0.001)),
    "ari": ("score_in_range", scored("ari", 54.0)),
    "davies_bouldin": ("score_in_range", scored("davies_bouldin", -0.5)),
    "array score": ("score_in_range", extra("array_score", ARRAY | {"value": 2.0})),
    "probe score": ("score_in_range", probed(54.3)),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_what_breaks_a_rule_does_not_come_in(warehouse: Warehouse, fault: str) -> None:
    """Each rule keeps a shard out whole, and the report names the rule."""
    audit, part = BREAKS[fault]
    write_shard(warehouse.inbox, part, "x")
    report = warehouse.load()
    assert report.shards == 0
    ((_, reason),) = report.bad
    assert f"audit {audit}" in reason
    assert audits()[audit].doc in reason
    if audit == "reference":
        table = fault.partition(".")[0]
        assert table in reason
    assert warehouse.read("from encoder").rows == []


def test_every_audit_is_tried() -> None:
    """There is a fault for every shipped audit."""
    assert {audit for audit, _ in BREAKS.values()} == {*audits()}


KEEPS: dict[str, Part] = {
    "whole study": study("a", "b"),
    "adjusted scores below zero": scored("ami", -3.0),
    "rounding": scored("nmi", 1 + 5e-10),
    "unknown metric": scored("my_metric", 1e9),
    "no names of samples": {
        name: rows for name, rows in study("a", "b").items() if name != "sample"
    },
    "array score": extra("array_score", ARRAY | {"value": 0.5}),
    "score of a reduction": joined(
        extra("reduction", REDUCTION),
        {"array_score": [ARRAY | {"array_key": key("reduction"), "value": 0.5}]},
    ),
    "a sample that could not be read": unreadable(),
    "probe": probed(0.5),
    "probe that is not applicable": probed(
        None, train_embedding_key=NOWHERE, test_embedding_key=NOWHERE
    ),
    "a subset": {
        **study("a"),
        "cell": [study("a")["cell"][0] | {"subset": "first-5"}],
        "assignment": [finished("a")["assignment"][0] | {"labels": [0, 1, 2, -1, 0]}],
    },
    "failed without assignment": {
        **declared("a"),
        "run": [
            finished("a")["run"][0]
            | {"status": "failed", "reason": "x", "n_clusters": None, "n_noise": None}
        ],
    },
}


@pytest.mark.parametrize("case", KEEPS)
def test_what_keeps_the_rules_comes_in(warehouse: Warehouse, case: str) -> None:
    """The audits leave alone what is right."""
    write_shard(warehouse.inbox, KEEPS[case], "x")
    assert warehouse.load().bad == []
    assert warehouse.audit() == []


def test_old_runs_are_not_looked_at_again(warehouse: Warehouse) -> None:
    """A load checks the assignments that it brings; `audit` checks all of them."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    spoil = "update assignment set labels = [0, 0, 0, 0, 0, 0]"
    warehouse.write(lambda con: con.execute(spoil).fetchall())
    write_shard(warehouse.inbox, finished("a", 1), "x")
    assert warehouse.load().bad == []
    (finding,) = warehouse.audit()
    assert finding.audit == "assignment_fits_run"
    assert finding.n_rows == 1
    assert "n_clusters_found=1" in finding.first


def test_a_run_belongs_to_a_shard(warehouse: Warehouse) -> None:
    """`audit` finds runs whose number is that of no shard."""
    write_shard(warehouse.inbox, study("a", "b"), "x")
    warehouse.load()
    spoil = "update run set shard_seq = 2"
    warehouse.write(lambda con: con.execute(spoil).fetchall())
    (finding,) = warehouse.audit()
    assert finding.n_rows == 2
    assert "reference='run.shard_seq', missing_from='shard', key='2'" in finding.first


def test_a_finding_counts_all_rows_and_shows_the_first(warehouse: Warehouse) -> None:
    """The number of broken rows is the whole number, not that of those shown."""
    write_shard(warehouse.inbox, study(*map(str, range(20))), "x")
    warehouse.load()
    spoil = "update run set n_noise = 5"
    warehouse.write(lambda con: con.execute(spoil).fetchall())
    (finding,) = warehouse.audit()
    assert finding.n_rows == 20
    assert "n_noise_stated=5, n_noise_found=1" in finding.first


@pytest.mark.parametrize("sql", ["delete from cell", "delete from encoder"])
def test_a_parent_cannot_be_taken_away(warehouse: Warehouse, sql: str) -> None:
    """References are held although the tables have no foreign keys."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()

    def remove(con: duckdb.DuckDBPyConnection) -> None:
        con.execute(sql)

    with pytest.raises(LoadError, match="audit reference"):
        warehouse.write(remove)
    assert warehouse.audit() == []
