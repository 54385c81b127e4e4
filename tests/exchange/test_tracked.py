from __future__ import annotations

import shutil
import statistics
from typing import TYPE_CHECKING, Any

import pytest

from tests.exchange.compared import answers, differences, table_rows
from tests.exchange.runs import Row, study_runs, write_csv, write_jsonl
from zsc_wh.declare import read_catalog
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.exchange import export, import_runs, restore
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

KMEANS = {"reducer": "umap-50", "clusterer": "kmeans"}


@pytest.fixture
def filled(imported: Path, tmp_path: Path) -> Warehouse:
    """Return a warehouse of the test's own that holds the 1,000 runs."""
    shutil.copy(imported, tmp_path / "filled.duckdb")
    return Warehouse(tmp_path / "filled.duckdb")


def _few(tmp_path: Path, *changes: Row) -> Path:
    """Write the first runs, each with changes."""
    rows = study_runs(len(changes))
    changed = [row | change for row, change in zip(rows, changes, strict=True)]
    return write_csv(changed, tmp_path / "few.csv")


def _one(warehouse: Warehouse, sql: str) -> Any:
    ((value,),) = warehouse.read(sql).rows
    return value


def test_every_query_answers_the_same_after_a_round_trip(
    imported: Path, tmp_path: Path
) -> None:
    """1,000 runs in the study's names, out and into a new warehouse."""
    export(Warehouse(imported), tmp_path / "backup")
    restore(Warehouse(tmp_path / "new.duckdb"), tmp_path / "backup")
    expected = answers(Warehouse(imported))
    assert len(expected["results"]) > 900
    found = answers(Warehouse(tmp_path / "new.duckdb"))
    assert differences(found, expected) == []


def test_a_cell_of_several_seeds_has_their_median(imported: Path) -> None:
    """The number of the query is that of the table, computed by hand."""
    values = [
        row["AMI"]
        for row in study_runs()
        if (row["model"], row["dataset_name"]) == ("dino_vitb16", "cifar10")
        and row["clusterer_name"] == "KMeans"
    ]
    given = {"encoder": "dino_vitb16", "dataset": "cifar10", **KMEANS}
    rows = Warehouse(imported).run_query("result_matrix", given)
    (row,) = (dict(zip(rows.columns, row, strict=True)) for row in rows.rows)
    assert len(values) == 4
    assert row["value"] == statistics.median(values)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select count(*) from run", 1000),
        ("select count(*) from run where status = 'failed'", 1000 // 97),
        (
            "select count(*) from run where status = 'not_converged'",
            sum(row["converged"] is False and bool(row["AMI"]) for row in study_runs()),
        ),
        (
            "select distinct noise_fraction from result where slot = 'hdbscan'",
            0.25,
        ),
        ("select count(silhouette) from result", 970),
        # a run on UMAP-50 was measured in that space; pixels are clustered in PCA's
        ("select count(*) from result where silhouette_umap <> silhouette", 0),
        (
            "select distinct encoder from result where silhouette_umap is null and "
            "silhouette is not null",
            "pixels",
        ),
        ("select count(*) from score where value is null", 0),
        ("select count(*) from assignment", 0),
        ("select count(*) from named_cell where grid = 'study_runs'", 1000),
        (
            "select count(*) from encoder_name where family = 'ssl' and not fine_tuned",
            7,
        ),
        ("select distinct n_classes from result where dataset = 'dtd'", 47),
        ("select distinct level from result where dataset = 'dtd'", "class"),
        ("select distinct k from result where dataset = 'dtd' and k > 0", 47),
        ("select count(*) from cell where k is null", 400),
        ("select count(*) from dataset where content_sha256 is not null", 0),
        ("select count(*) from label where class_names is not null", 0),
        ("select imbalance from label where n_classes = 10 and imbalance > 1", 1.27),
        (
            "select distinct domain_group from dataset_name where name = 'dtd'",
            "Far-OOD",
        ),
        ("select min(started_at)::varchar from run", "2023-11-14 22:13:21+00"),
    ],
)
def test_the_table_means_what_the_mapping_says(
    imported: Path, sql: str, expected: object
) -> None:
    """Statuses, noise, absent scores, facts of encoders and datasets, times."""
    assert _one(Warehouse(imported), sql) == expected


def test_names_of_the_catalog_have_its_keys(imported: Path) -> None:
    """A later ingest finds its reducers and clusterers under their names."""
    catalog = read_catalog()
    keys = dict(
        Warehouse(imported)
        .read(
            "select name, reducer_key from reducer_name"
            " union all select name, clusterer_key from clusterer_name"
        )
        .rows
    )
    assert keys == {
        "umap-50": catalog.reducers["umap-50"].key,
        "pca-0.90": catalog.reducers["pca-0.90"].key,
        **{
            name: catalog.clusterers[name].key
            for name in (
                "kmeans",
                "spectral-nn30",
                "ac-known",
                "affinity-0.85",
                "hdbscan-l1",
            )
        },
    }


def test_importing_twice_changes_nothing(
    filled: Warehouse, runs_csv: Path, imported: Path
) -> None:
    """The same file adds no row, not even of a shard."""
    came = import_runs(filled, [runs_csv], "study")
    assert came.new == {}
    assert came.runs == 1000
    assert table_rows(filled) == table_rows(Warehouse(imported))


def test_json_lines_and_csv_mean_the_same(imported: Path, tmp_path: Path) -> None:
    """NaN, null, nothing and an absent key are one; so are the keys of the rows."""
    file = write_jsonl(study_runs(), tmp_path / "study_runs.jsonl")
    import_runs(Warehouse(tmp_path / "json.duckdb"), [file], "study")
    found, expected = (
        table_rows(warehouse)
        for warehouse in (Warehouse(tmp_path / "json.duckdb"), Warehouse(imported))
    )
    for table in ("encoder", "dataset", "label", "label_level", "reducer"):
        assert found[table] == expected[table]
    for table in ("clusterer", "cell", "score", "grid_name"):
        assert found[table] == expected[table]


def test_semicolons_are_seen(warehouse: Warehouse, tmp_path: Path) -> None:
    """What stands most often in the header parts the columns."""
    file = write_csv(study_runs(3), tmp_path / "few.csv", delimiter=";")
    assert import_runs(warehouse, [file], "study").runs == 3


def test_a_dry_run_writes_nothing(tmp_path: Path, runs_csv: Path) -> None:
    """It says what would come in, and makes no warehouse."""
    warehouse = Warehouse(tmp_path / "none.duckdb")
    came = import_runs(warehouse, [runs_csv], "study", dry_run=True)
    assert came.new["run"] == 1000
    assert list(tmp_path.iterdir()) == []


def test_bad_lines_are_named_and_nothing_is_loaded(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """All of them at once, by their numbers, each reason once."""
    file = _few(
        tmp_path,
        {"seed": "one"},
        {},
        {"AMI": 1.5},
        {"seed": "one"},
        {"clusterer_name": "FISHDBC"},
    )
    with pytest.raises(DataError) as caught:
        import_runs(warehouse, [file], "study")
    assert caught.value.what.splitlines() == [
        "4 lines cannot be used",
        "  lines 2, 5: column 'seed' has 'one', not a whole number",
        "  line 4: ami is 1.5; it lies from -inf to 1",
        "  line 6: the mapping gives no clusterer",
    ]
    assert "--skip-bad" in caught.value.hint
    assert _one(warehouse, "select count(*) from run") == 0


def test_bad_lines_can_be_left_out(warehouse: Warehouse, tmp_path: Path) -> None:
    """The others come in, and the bad ones are told."""
    file = _few(tmp_path, {"seed": ""}, {}, {"n_samples": 10.005})
    came = import_runs(warehouse, [file], "study", skip_bad=True)
    assert [(place.number, why) for place, why in came.bad] == [
        (2, "the mapping gives no seed"),
        (4, "column 'n_samples' has '10.005', not a whole number"),
    ]
    assert _one(warehouse, "select count(*) from run") == 1


def test_lines_that_say_the_same_are_one_run(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """The tracker's own name of a run is no result."""
    rows = study_runs(2)
    file = write_csv([*rows, rows[0] | {"id": "again"}], tmp_path / "few.csv")
    came = import_runs(warehouse, [file], "study")
    assert (came.runs, came.repeated, came.several) == (2, 1, 0)


def test_two_results_of_one_cell_are_two_runs(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Each score is the median over the runs that have it."""
    first = study_runs(1)[0] | {"AMI": 0.2, "ARI": 0.1}
    second, third = first | {"AMI": 0.5}, first | {"AMI": 0.6, "ARI": ""}
    file = write_csv([first, second, third], tmp_path / "few.csv")
    came = import_runs(warehouse, [file], "study")
    assert (came.runs, came.cells, came.several) == (3, 1, 1)
    rows = warehouse.read("select ami, ari, n_runs from result").rows
    assert rows == [(0.5, 0.1, 3)]


def test_columns_that_are_not_understood_are_told(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Those that the mapping leaves out on purpose are only counted."""
    came = import_runs(warehouse, [_few(tmp_path, {"mood": "good"})], "study")
    assert came.unknown == ["mood"]
    assert came.ignored == 1


def test_names_that_nothing_knows_are_told_once(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """They come in, and a slip is seen by the nearest name."""
    file = _few(tmp_path, {"model": "dino_resnet5"}, {"model": "dino_resnet5"})
    came = import_runs(warehouse, [file], "study")
    slip = "encoder 'dino_resnet5'; did you mean 'dino_resnet50'?"
    assert came.strange == [slip]
    assert import_runs(warehouse, [file], "study").strange == []


def test_mapped_columns_that_are_absent_are_told(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """With the nearest name of the file, so that a slip is seen."""
    row = study_runs(1)[0]
    row["AMI_clu"] = row.pop("AMI_clus")
    came = import_runs(warehouse, [write_csv([row], tmp_path / "few.csv")], "study")
    assert "'AMI_clus'; did you mean 'AMI_clu'?" in came.absent


def test_a_file_of_other_columns_is_refused_once(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """And not with a fault for each of its lines."""
    file = tmp_path / "other.csv"
    file.write_text("modle,score\nresnet,1\n")
    with pytest.raises(ConfigError, match=r"no column 'model'; did you mean 'modle'"):
        import_runs(warehouse, [file], "study")


def test_settings_of_their_own_get_names_of_their_own(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Another number of neighbours is never taken for the study's UMAP."""
    file = _few(tmp_path, {}, {"dim_reducer_man_nn": 15}, {})
    import_runs(warehouse, [file], "study")
    rows = warehouse.read(
        "select name, params::varchar from reducer"
        " inner join reducer_name using (reducer_key) order by name"
    )
    params = (
        '{"dim_reducer_man_metric":"euclidean","dim_reducer_man_nn":15,'
        '"ndim_reduced_man":50}'
    )
    assert rows.rows[2] == ("umap-50-nn15-euclidean", params)
    assert [name for name, _ in rows.rows[:2]] == ["pca-0.90", "umap-50"]


def test_a_dataset_has_one_size(warehouse: Warehouse, tmp_path: Path) -> None:
    """Two lines that disagree are about different data."""
    file = _few(tmp_path, {}, {"n_samples": 9_999})
    with pytest.raises(DataError, match="9999 in line 3 and 10000 in line 2"):
        import_runs(warehouse, [file], "study")


def test_a_dataset_has_the_size_that_the_warehouse_knows(
    filled: Warehouse, tmp_path: Path
) -> None:
    """Other data does not come in under a name that is taken."""
    file = _few(tmp_path, {"n_samples": 9_999})
    with pytest.raises(DataError, match="9999 in line 2 and 10000 in the warehouse"):
        import_runs(filled, [file], "study")


def test_a_dataset_without_a_size_is_refused(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """The error says where to give it."""
    file = _few(tmp_path, {"n_samples": None, "dataset_name": "photos"})
    with pytest.raises(DataError, match=r"how many samples.*'photos'.*dataset_n_samp"):
        import_runs(warehouse, [file], "study")


def test_scores_against_labels_need_classes(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A dataset without labels has no AMI."""
    file = _few(tmp_path, {"num_cluster_true": None})
    with pytest.raises(DataError, match="line 2: scores against labels"):
        import_runs(warehouse, [file], "study")


def test_an_infinite_score_is_undefined(warehouse: Warehouse, tmp_path: Path) -> None:
    """It is kept as one that has no value, with the reason."""
    import_runs(warehouse, [_few(tmp_path, {"CHS_pred": "inf"})], "study")
    sql = "select value, reason from score where metric = 'calinski_harabasz'"
    assert warehouse.read(sql).rows == [(None, "the table says inf")]


def test_a_grid_of_another_file_is_not_replaced(
    filled: Warehouse, tmp_path: Path
) -> None:
    """The grid of an ingest would vanish behind the imported one."""
    with pytest.raises(DataError, match=r"grid 'study_runs' from study_runs\.csv"):
        import_runs(filled, [_few(tmp_path, {})], "study", grid="study_runs")
