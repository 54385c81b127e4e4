from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.exchange.compared import table_rows
from tests.exchange.photos import photos_file, rows_of, study_with
from tests.queries.made import Made, key
from zsc_wh.errors import DataError
from zsc_wh.exchange import import_runs
from zsc_wh.identity import key_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.exchange.runs import Row
    from zsc_wh.warehouse import Warehouse

VERSIONS = "select label, version, is_current from name_version where name = '{}'"


def _declared(**days: int) -> Made:
    """Return what an ingest may have made: names with a meaning of their own."""
    made = Made()
    made.encoder("net", "supervised", day=days.get("net", 0))
    made.dataset("photos", ["a", "b"] * 6, day=days.get("photos", 0))
    made.reducer("umap-50")
    made.clusterer("kmeans", k_source="given", k=3)
    return made


@pytest.fixture
def known(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse in which all names of `photos_file` mean something."""
    warehouse.write(_declared().fill)
    return warehouse


def test_what_a_name_means_in_the_warehouse_counts(
    known: Warehouse, tmp_path: Path
) -> None:
    """Not what the catalog says or an import would make of it; K and labels follow."""
    before = table_rows(known)
    came = import_runs(known, [photos_file(tmp_path, {})], "study")
    cell = "encoder_key, dataset_key, reducer_key, clusterer_key, k"
    assert rows_of(known, f"select {cell} from cell") == [
        (
            key("encoder", "net"),
            key("dataset", "photos"),
            key("reducer", "umap-50"),
            key("clusterer", "kmeans"),
            3,
        )
    ]
    labels = rows_of(known, "select label_key from label")
    assert rows_of(known, "select label_key from score where space = 'labels'") == [
        *labels,
        *labels,
    ]
    after = table_rows(known)
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == {
        *("cell", "run", "score", "shard"),
        *("grid", "grid_cell", "grid_name", "grid_score"),
    }
    assert came.superseded == []


def test_a_file_with_one_more_line_is_a_new_declaration(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """The grid is what the file says now; the one before stays and can be asked for."""
    import_runs(warehouse, [photos_file(tmp_path, {})], "study")
    came = import_runs(warehouse, [photos_file(tmp_path, {}, {"seed": 2})], "study")
    assert came.superseded == ["grid few@1"]
    assert came.new["run"] == 1
    assert rows_of(
        warehouse, "select grid, is_current, count(*) from named_cell group by all"
    ) == [("few", True, 2), ("few@1", False, 1), (None, True, 2)]


def test_a_file_that_goes_back_has_the_old_version_again(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """What it declares is there, so that only the time of the declaration is new."""
    import_runs(warehouse, [photos_file(tmp_path, {})], "study")
    import_runs(warehouse, [photos_file(tmp_path, {}, {"seed": 2})], "study")
    came = import_runs(warehouse, [photos_file(tmp_path, {})], "study")
    assert came.new == {"grid": 1}
    assert rows_of(
        warehouse, "select grid, is_current, count(*) from named_cell group by all"
    ) == [
        ("few", True, 1),
        ("few@2", False, 2),
        (None, False, 1),
        (None, True, 1),
    ]


def test_a_corrected_fact_is_no_new_version(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """It describes what is there: no run comes again, and its result has the fact."""
    file = photos_file(tmp_path, {})
    wrong = "'ssl' as encoder_family,\n"
    import_runs(warehouse, [file], study_with(tmp_path, wrong))
    right = "'random' as encoder_family, 'The net' as encoder_title,\n"
    came = import_runs(warehouse, [file], study_with(tmp_path, right))
    assert came.new == {"encoder_name": 1}
    assert came.superseded == []
    assert rows_of(warehouse, VERSIONS.format("net")) == [("net", 1, True)]
    assert rows_of(
        warehouse, "select encoder_title, family from named_cell where grid is null"
    ) == [("The net", "random")]


def test_a_corrected_feature_is_a_new_version(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Another feature is another encoder: the results of before stay with theirs."""
    file = photos_file(tmp_path, {})
    cls, gap = (f"'{name}' as encoder_feature,\n" for name in ("cls", "gap"))
    import_runs(warehouse, [file], study_with(tmp_path, cls))
    came = import_runs(warehouse, [file], study_with(tmp_path, gap))
    assert came.superseded == ["encoder net@1", "grid few@1"]
    assert rows_of(
        warehouse,
        "select label, feature from name_version"
        " inner join encoder_name using (name, meaning)"
        " inner join encoder using (encoder_key)",
    ) == [("net", "gap"), ("net@1", "cls")]
    assert rows_of(warehouse, "select encoder from result") == [("net",)]
    assert rows_of(warehouse, "select encoder from past_result") == [("net@1",)]


def test_other_settings_of_a_rule_are_a_new_version(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A name that only imports brought follows the newest mapping."""
    file = photos_file(tmp_path, {"dim_reducer_man_nn": 15})
    param = "'dim_reducer_man_nn', run.nn,"
    import_runs(warehouse, [file], study_with(tmp_path, "", param, ""))
    came = import_runs(warehouse, [file], "study")
    assert came.superseded == ["reducer umap-50-nn15-euclidean@1", "grid few@1"]
    assert rows_of(warehouse, "select reducer from past_result") == [
        ("umap-50-nn15-euclidean@1",)
    ]


def test_a_name_that_is_declared_later_gets_versions(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """What was imported shows what it meant; the next import means what counts now."""
    file = photos_file(tmp_path, {})
    import_runs(warehouse, [file], "study")
    warehouse.write(_declared(net=9999, photos=9999).fill)
    assert rows_of(warehouse, "select encoder, dataset from result") == [
        ("net@1", "photos@1")
    ]
    assert rows_of(
        warehouse, "select encoder, dataset from named_cell where grid = 'few'"
    ) == [("net", "photos")]
    assert warehouse.audit() == []
    came = import_runs(warehouse, [file], "study")
    assert came.superseded == ["grid few@1"]
    assert rows_of(warehouse, "select encoder, dataset from result") == [
        ("net", "photos")
    ]
    assert rows_of(warehouse, "select encoder, dataset from past_result") == [
        ("net@1", "photos@1")
    ]


def test_labels_that_are_known_later_are_a_new_version(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """The images stay what they are, and get labels."""
    unlabelled = {"num_cluster_true": None, "AMI": None, "AMI_clus": None}
    import_runs(warehouse, [photos_file(tmp_path, unlabelled)], "study")
    assert rows_of(warehouse, "select level from grid_cell") == [("",)]
    came = import_runs(warehouse, [photos_file(tmp_path, {})], "study")
    assert came.superseded == ["dataset photos@1", "grid few@1"]
    assert "dataset" not in came.new
    assert rows_of(warehouse, "select dataset, level from result") == [
        ("photos", "class")
    ]


def test_a_dataset_without_labels_gets_none_from_an_import(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Its images were seen, and which class each of them has is not in the table."""
    made = Made()
    made.dataset("photos", n=12, labelling_key=key_of("labelling", levels=[]))
    warehouse.write(made.fill)
    with pytest.raises(DataError, match="scores against labels"):
        import_runs(warehouse, [photos_file(tmp_path, {})], "study")


def test_stored_features_are_those_of_their_dataset(
    known: Warehouse, tmp_path: Path
) -> None:
    """The same name on other data is not theirs, however often it is imported."""
    made = Made()
    made.encoder("mine", content="mine of photos", dataset="photos")
    known.write(made.fill)
    other = {"model": "mine", "dataset_name": "other"}
    file = photos_file(tmp_path, {"model": "mine"}, other)
    import_runs(known, [file], "study")
    keys = rows_of(
        known,
        "select dataset, encoder_key from grid_cell inner join cell using (cell_key)",
    )
    assert keys[1] == ("photos", key("encoder", "mine of photos"))
    assert keys[0][1] != keys[1][1]
    assert import_runs(known, [file], "study").new == {}
    assert known.audit() == []


@pytest.mark.parametrize(("features", "network"), [(1, 2), (2, 1)])
def test_features_or_a_network_whichever_was_declared_last(
    known: Warehouse, tmp_path: Path, features: int, network: int
) -> None:
    """A name that was the one and then the other means the other."""
    made = Made()
    made.encoder("mine", content="stored", dataset="photos", day=features)
    made.encoder("mine", content="network", day=network)
    known.write(made.fill)
    import_runs(known, [photos_file(tmp_path, {"model": "mine"})], "study")
    newest = "stored" if features > network else "network"
    assert rows_of(known, "select encoder_key from cell") == [(key("encoder", newest),)]


@pytest.mark.parametrize(
    ("changes", "grid", "match"),
    [
        ({"model": "vit@384"}, None, "line 2: the encoder 'vit@384' has an '@'"),
        ({}, "mine@1", "the grid 'mine@1' has an '@'.*--grid"),
    ],
)
def test_a_name_is_no_version(
    warehouse: Warehouse, tmp_path: Path, changes: Row, grid: str | None, match: str
) -> None:
    """It could not be told from what another name meant before."""
    file = photos_file(tmp_path, changes)
    with pytest.raises(DataError, match=f"(?s){match}"):
        import_runs(warehouse, [file], "study", grid=grid)
