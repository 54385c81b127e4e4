from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.warehouse.rows import (
    KINDS,
    LABELS,
    NOW,
    declared,
    finished,
    joined,
    key,
    study,
)
from zsc_wh.datasets.listing import Listing, content_of
from zsc_wh.errors import LoadError
from zsc_wh.shards import write_shard
from zsc_wh.sqlfiles import array_tables, tables
from zsc_wh.warehouse import load
from zsc_wh.warehouse.audits import every_audit, run_audits
from zsc_wh.warehouse.references import left_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.warehouse import Warehouse

Part = dict[str, list[dict[str, Any]]]


def changed(table: str, /, **change: Any) -> Part:
    """Return a whole study in which the first row of a table is changed."""
    part = study("a", "b")
    part[table][0] |= change
    return part


def extra(table: str, *rows: dict[str, Any]) -> Part:
    """Return a whole study with further rows of a table."""
    return joined(study("a", "b"), {table: list(rows)})


def other_weights() -> Part:
    (row,) = declared()["embedding"]
    change = {"embedding_key": key("another"), "weights_sha256": key("other weights")}
    return extra("embedding", row | change)


def same_meaning(kind: str, **change: Any) -> Part:
    """Return a study in which another name has the meaning of the first, changed."""
    (row,) = declared()[f"{kind}_name"]
    part = joined(study("a", "b"), declared(name="other"))
    part[f"{kind}_name"].append(row | {"name": "third"} | change)
    return part


def relabelled(labels: list[int | None]) -> Part:
    """Return a study whose first run has this assignment."""
    return changed("assignment", labels=labels)


def digested(digests: Sequence[str | None] | None, content: str | None) -> Part:
    """Return a study whose images have these digests, and whose embedding fits."""
    part = changed("dataset", sample_sha256=digests, content_sha256=content)
    part["embedding"][0]["content_sha256"] = content
    return part


def unlabelled(labelling_key: str) -> Part:
    """Return a study of a dataset without labels."""
    part = changed("dataset_name", labelling_key=labelling_key)
    for row in part["grid_cell"]:
        row["level"] = ""
    return part


def undeclared(kind: str) -> Part:
    """Return a study whose grid has a name in a meaning that was never declared."""
    part = study("a", "b")
    for row in part["grid_name"]:
        if row["kind"] == kind:
            row["meaning"] = NOWHERE
    return part


def reused_encoder() -> Part:
    """Return a study whose grid names the encoder of its cells on another dataset."""
    part = study("a", "b")
    for row in part["grid_name"]:
        if row["kind"] == "encoder":
            row["dataset"] = "other"
    return part


def renamed_dataset() -> Part:
    """Return a study with a cell of a dataset that its grid does not name."""
    part = changed("grid_cell", dataset="other")
    part["grid_name"].append(GRID_NAMES["encoder"] | {"dataset": "other"})
    return part


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
DIGESTS = declared()["dataset"][0]["sample_sha256"]
GRID_NAMES = {row["kind"]: row for row in declared()["grid_name"]}
NO_LABELS = Listing(sample_ids=("x",), sizes=(1,)).labelling_key
PROBE = {
    "probe_key": key("probe"),
    "train_embedding_key": key("embedding", "made"),
    "test_embedding_key": key("embedding", "made"),
    "train_label_key": key("label", "made"),
    "label_key": key("label", "made"),
    "method": "knn",
    "params": '{"k": 20}',
}
VALUES = {
    "varchar": "x",
    "json": "{}",
    "integer": 6,
    "bigint": 6,
    "double": 1.0,
    "boolean": False,
    "timestamptz": NOW,
}


def array(name: str, **change: Any) -> dict[str, Any]:
    """Return a row of a table of arrays, whichever columns it has."""
    table = tables()[name]
    row = {column: VALUES[kind] for column, kind in table.columns.items()}
    row |= {one.column: key(one.parents[0], "made") for one in table.references}
    return row | {table.key[0]: key(name)} | change


REDUCTION = array("reduction")
MADE_OF_ARRAYS = [
    name for name, table in array_tables().items() if table.columns_to(array_tables())
]
ARRAY = {
    "array_key": key("embedding", "made"),
    "label_key": key("label", "made"),
    "metric": "silhouette",
}
GRID_SCORE = {
    "grid_key": NOWHERE,
    "score": "ami",
    "metric": "ami",
    "space": "labels",
    "subset": "all",
}
SCORE = finished("a")["score"][0]

# What a row refers to exists; each of these lacks one thing alone.
DANGLING: dict[str, Part] = {
    **{
        f"{kind}_name.{kind}_key": changed(f"{kind}_name", **{f"{kind}_key": NOWHERE})
        for kind in KINDS
    },
    "dataset_name.labelling_key": unlabelled(NOWHERE),
    "dataset_name.listing_key": changed("dataset_name", listing_key=NOWHERE),
    "label_level.label_key": changed("label_level", label_key=NOWHERE),
    "embedding.encoder_key": changed("embedding", encoder_key=NOWHERE),
    "embedding.dataset_key": changed("embedding", dataset_key=NOWHERE),
    **{
        f"{name}.{one.column}": extra(name, array(name, **{one.column: NOWHERE}))
        for name in MADE_OF_ARRAYS
        for one in tables()[name].references
    },
    **{
        f"cell.{kind}_key": changed("cell", **{f"{kind}_key": NOWHERE})
        for kind in KINDS
    },
    "run.cell_key": changed("run", cell_key=NOWHERE),
    "assignment.run_key": extra("assignment", {"run_key": NOWHERE, "labels": LABELS}),
    "score.run_key": extra("score", SCORE | {"run_key": NOWHERE}),
    "score.label_key": changed("score", label_key=NOWHERE),
    "grid_cell.cell_key": changed("grid_cell", cell_key=NOWHERE),
    "grid_cell.encoder": changed("grid_cell", encoder="other"),
    "grid_cell.dataset": renamed_dataset(),
    "grid_cell.reducer": changed("grid_cell", reducer="other"),
    "grid_cell.clusterer": changed("grid_cell", clusterer="other"),
    "grid_cell.level": changed("grid_cell", level="family"),
    "grid_name.grid_key": extra(
        "grid_name", GRID_NAMES["reducer"] | {"grid_key": NOWHERE}
    ),
    "grid_score.grid_key": extra("grid_score", GRID_SCORE),
    "probe.train_embedding_key": probed(0.5, train_embedding_key=NOWHERE),
    "probe.test_embedding_key": probed(0.5, test_embedding_key=NOWHERE),
    "probe.train_label_key": probed(0.5, train_label_key=NOWHERE),
    "probe.label_key": probed(0.5, label_key=NOWHERE),
    "probe_score.probe_key": extra(
        "probe_score", {"probe_key": NOWHERE, "metric": "top5", "value": 0.5}
    ),
    "unreadable_sample.embedding_key": extra(
        "unreadable_sample",
        {"embedding_key": NOWHERE, "sample_index": 0, "reason": "empty"},
    ),
    "projection.reduction_key": extra(
        "projection", {"reduction_key": NOWHERE, "x": [0.5], "y": [0.5]}
    ),
    "array_score.array_key": extra(
        "array_score", ARRAY | {"array_key": NOWHERE, "value": 0.5}
    ),
    "array_score.label_key": extra(
        "array_score", ARRAY | {"label_key": NOWHERE, "value": 0.5}
    ),
}

NAMED_BY_GRIDS = {*(f"grid_cell.{kind}" for kind in KINDS), "grid_cell.level"}

BREAKS: dict[str, tuple[str, Part]] = {
    **{
        reference: (
            "grid_names_known" if reference in NAMED_BY_GRIDS else "reference",
            part,
        )
        for reference, part in DANGLING.items()
    },
    # what a grid says of a name is a declaration of that name
    **{
        f"grid_name.meaning: {kind}": ("grid_names_known", undeclared(kind))
        for kind in KINDS
    },
    "grid_cell.encoder: on another dataset": ("grid_names_known", reused_encoder()),
    "grid_name.meaning: stored features of another dataset": (
        "grid_names_known",
        changed("encoder_name", dataset="other"),
    ),
    # one meaning is one thing, whatever its names
    **{
        f"meaning of {kind}": (
            "meaning_fits_name",
            same_meaning(kind, **{f"{kind}_key": key(kind, "other")}),
        )
        for kind in KINDS
    },
    "meaning of other labels": (
        "meaning_fits_name",
        same_meaning("dataset", labelling_key=key("labelling", "other")),
    ),
    "meaning of another K": (
        "meaning_fits_name",
        same_meaning("clusterer", k=7),
    ),
    "meaning of another source of K": (
        "meaning_fits_name",
        same_meaning("clusterer", k_source="labels"),
    ),
    "meaning of stored features": (
        "meaning_fits_name",
        same_meaning("encoder", dataset="made"),
    ),
    "weights": ("one_weights_per_encoder", other_weights()),
    # images are known by their digests, in order
    "another order": (
        "content_fits_dataset",
        changed("dataset", sample_sha256=DIGESTS[::-1]),
    ),
    "too few digests": (
        "content_fits_dataset",
        digested(DIGESTS[:5], content_of(DIGESTS[:5])),
    ),
    "content without digests": (
        "content_fits_dataset",
        digested(None, content_of(DIGESTS)),
    ),
    "digests without content": ("content_fits_dataset", digested(DIGESTS, None)),
    "an embedding of other images": (
        "embedding_fits_content",
        changed("embedding", content_sha256=key("others")),
    ),
    "an embedding of images never seen": (
        "embedding_fits_content",
        changed("dataset", sample_sha256=None, content_sha256=None),
    ),
    # lists have the length and the values that they must have
    "too few names": (
        "listing_fits_dataset",
        changed("listing", sample_ids=["x"] * 5),
    ),
    "too few labels": ("label_fits_dataset", changed("label", class_index=[0] * 5)),
    "class without name": (
        "label_fits_dataset",
        changed("label", class_index=[0, 1, 2, 0, 0, 0]),
    ),
    "sentinel label": (
        "label_fits_dataset",
        changed("label", class_index=[0, 1, -1, 0, 0, 0]),
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
    # what is measured is a number
    "energy of a run": ("energy", changed("run", cpu_energy_j=-0.5)),
    "energy below 0": ("energy", changed("run", gpu_energy_j=-1.0)),
    "energy of an embedding": ("energy", changed("embedding", cpu_energy_j=-1.0)),
    **{
        f"energy of a {name}": ("energy", extra(name, array(name, gpu_energy_j=-1.0)))
        for name in MADE_OF_ARRAYS
    },
    "rate": ("finite_numbers", changed("embedding", images_per_s=-1.0)),
    "coordinate": (
        "finite_numbers",
        joined(
            extra("reduction", REDUCTION),
            {
                "projection": [
                    {
                        "reduction_key": REDUCTION["reduction_key"],
                        "x": [0.0, None, math.nan, 1.0, 1.0, 1.0],
                        "y": [0.0] * 6,
                    }
                ]
            },
        ),
    ),
}


LEFT_OUT = (
    *(
        f"{name}.{column}"
        for name in MADE_OF_ARRAYS
        for column in tables()[name].columns_to(array_tables())
    ),
    "unreadable_sample.embedding_key",
    "projection.reduction_key",
    "array_score.array_key",
    "score.run_key",
)
"""References to what may have been forgotten while the shard was on its way."""


@pytest.mark.parametrize("reference", LEFT_OUT)
def test_what_is_about_something_forgotten_is_left_out(
    warehouse: Warehouse, reference: str
) -> None:
    """The row alone; the rest of its shard comes in."""
    write_shard(warehouse.inbox, BREAKS[reference][1], "x")
    report = warehouse.load()
    assert (report.bad, report.shards, report.left_out) == ([], 1, 1)
    assert warehouse.audit() == []


@pytest.mark.parametrize("fault", BREAKS)
def test_what_breaks_a_rule_does_not_come_in(
    warehouse: Warehouse, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rule keeps a shard out whole, and the report names the rule."""
    monkeypatch.setattr(load, "drop_orphans", lambda _: 0)
    audit, part = BREAKS[fault]
    write_shard(warehouse.inbox, part, "x")
    report = warehouse.load()
    assert report.shards == 0
    ((_, reason),) = report.bad
    assert f"audit {audit}" in reason
    assert every_audit()[audit].doc in reason
    if audit in {"reference", "grid_names_known"}:
        assert f"reference='{fault.partition(':')[0]}'" in reason
    assert warehouse.read("from encoder").rows == []


def test_every_audit_is_tried() -> None:
    """There is a fault for every shipped audit, and for every reference."""
    assert {audit for audit, _ in BREAKS.values()} == {*every_audit()}
    declared = {
        f"{table.name}.{reference.column}"
        for table in tables().values()
        for reference in table.references
    }
    tried = {fault.partition(":")[0] for fault in BREAKS} | {"run.shard_seq"}
    assert len(declared) > 20
    assert declared <= tried


def test_a_run_names_the_shard_that_brought_it(warehouse: Warehouse) -> None:
    """The loader numbers it; runs of earlier loads are not looked at again."""
    write_shard(warehouse.inbox, study("a"), "x")
    assert warehouse.load().shards == 1
    warehouse.write(lambda con: con.execute("delete from shard"))
    (finding,) = warehouse.audit()
    assert "reference='run.shard_seq'" in finding.first
    assert warehouse.write(lambda con: run_audits(con, since=1)) == []


NEED_NOT_BE = {"cell.embedding_key", "cell.reduction_key", "run.linkage_key"}
"""Keys of what need not be there: a cell is declared before its arrays are made,
and a run outlives the tree that it cut."""


def test_every_key_of_another_table_is_a_reference() -> None:
    """No column that is called as the key of a table goes unchecked."""
    owner = {
        table.key[0]: table.name for table in tables().values() if len(table.key) == 1
    }
    for table in tables().values():
        declared = {reference.column for reference in table.references}
        for column in {*table.columns} & {*owner} - declared:
            is_own = owner[column] == table.name or table.key == (column,)
            assert is_own or f"{table.name}.{column}" in NEED_NOT_BE


def test_what_may_be_left_out_is_declared() -> None:
    """In an order in which what is left out takes along what is about it."""
    found = [f"{table}.{part.column}" for table, part in left_out()]
    assert {*found} == {*LEFT_OUT}
    assert found.index("reduction.embedding_key") < found.index(
        "projection.reduction_key"
    )


KEEPS: dict[str, Part] = {
    "whole study": study("a", "b"),
    "adjusted scores below zero": scored("ami", -3.0),
    "rounding": scored("nmi", 1 + 5e-10),
    "unknown metric": scored("my_metric", 1e9),
    "no names of samples": changed("dataset_name", listing_key=None),
    "no labels": unlabelled(NO_LABELS),
    "labels that only their source knows": changed(
        "label", class_names=None, class_index=None
    ),
    "a sample without a digest": digested(
        [None, *DIGESTS[1:]], content_of([None, *DIGESTS[1:]])
    ),
    "images that only their source knows": digested(None, None),
    "an embedding from elsewhere": changed("embedding", content_sha256=None),
    "a name that was declared again": joined(
        study("a"),
        {
            f"{kind}_name": [row | {"declared_at": NOW + timedelta(days=1)}]
            for kind in KINDS
            for row in declared()[f"{kind}_name"]
        },
    ),
    "stored features": changed("encoder_name", dataset="made"),
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


SWAP = "update dataset set sample_sha256 = list_reverse(sample_sha256)"


def test_old_digests_are_not_looked_at_again(warehouse: Warehouse) -> None:
    """A load hashes the digests that it brings; `audit` hashes all of them."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    with duckdb.connect(warehouse.path) as con:
        con.execute(SWAP)
    write_shard(warehouse.inbox, declared(name="other"), "x")
    assert warehouse.load().bad == []
    (finding,) = warehouse.audit()
    assert (finding.audit, finding.n_rows) == ("content_fits_dataset", 1)
    assert key("dataset", "made") in finding.first
    part = declared(name="third")
    part["dataset"][0]["sample_sha256"] = DIGESTS[::-1]
    write_shard(warehouse.inbox, part, "x")
    ((_, reason),) = warehouse.load().bad
    assert "audit content_fits_dataset" in reason
    assert key("dataset", "third") in reason


def test_a_write_that_changes_digests_is_undone(warehouse: Warehouse) -> None:
    """What a trusted write changes in place is looked at as well."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    with pytest.raises(LoadError, match="audit content_fits_dataset"):
        warehouse.write(lambda con: con.execute(SWAP).fetchall())
    assert warehouse.audit() == []


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


@pytest.mark.parametrize("parent", ["cell", "encoder", "label", "grid_name"])
def test_a_parent_cannot_be_taken_away(warehouse: Warehouse, parent: str) -> None:
    """References are held although the tables have no foreign keys."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()

    def remove(con: duckdb.DuckDBPyConnection) -> None:
        con.execute(f"delete from {parent}")

    with pytest.raises(LoadError, match=r"audit (reference|grid_names_known)"):
        warehouse.write(remove)
    assert warehouse.audit() == []
