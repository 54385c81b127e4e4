from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zsc_wh
from tests.engine import odd_images
from zsc_wh import datasets
from zsc_wh.declare import read_grids
from zsc_wh.errors import DataError
from zsc_wh.store import Store
from zsc_wh.work.embed_task import EmbedTask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

GRID = """
name = "odd"
maps = ["plane"]
scores = ["ami", "silhouette_original"]

[dataset.odd]
loader = { kind = "folder", path = "odd" }

[reducer.plane]
kind = "pca"
n_components = 2

[[cross]]
datasets = ["odd"]
encoders = ["pixels"]
reducers = ["none", "plane"]
clusterers = ["kmeans", "ac-known", "hdbscan"]
"""
SEEDS = (*odd_images.GOOD, *odd_images.BAD, *odd_images.IGNORED)


@pytest.fixture(scope="module")
def odd(
    tmp_path_factory: pytest.TempPathFactory,
    module_grid: tuple[object, Command],
) -> Path:
    """Return the folder in which 200 odd images of six classes were ingested."""
    _, zscwh = module_grid
    folder = tmp_path_factory.getbasetemp() / "odd_images"
    for number in range(200):
        kind = SEEDS[number % len(SEEDS)]
        place = folder / "odd" / f"class{number // len(SEEDS)}"
        odd_images.write(place, kind, number)
    (folder / "odd.toml").write_text(GRID)
    warehouse = folder / "zscwh.duckdb"
    done = zscwh("--warehouse", warehouse, "ingest", folder / "odd.toml")
    assert "6 cells executed" in done.stderr
    (folder / "ingest.txt").write_text(done.stderr)
    status = zscwh("--warehouse", warehouse, "status")
    (folder / "status.txt").write_text(status.stderr)
    return folder


def _rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    return zsc_wh.open(folder / "zscwh.duckdb").run_sql(sql).rows


def test_an_ingest_ends_with_what_it_left_out(odd: Path) -> None:
    """How many samples, the first of them with their reasons, and where to look."""
    lines = (odd / "ingest.txt").read_text().splitlines()
    ((lost,),) = _rows(odd, "select count(*) from unreadable_sample")
    ((n,),) = _rows(odd, "select n_samples from dataset")
    (line,) = [line for line in lines if "could not be read" in line]
    assert line.startswith(
        f"odd: {lost} of {n} samples could not be read and are left out: class0/"
    )
    assert line.endswith(f" and {int(str(lost)) - 4} more")
    warehouse = odd / "zscwh.duckdb"
    assert f"`zscwh --warehouse {warehouse} query results -p grid=odd`" in lines[-1]


def test_no_cell_fails(odd: Path) -> None:
    """Files that cannot be read cost themselves alone."""
    assert _rows(odd, "select status, count(*) from run group by status") == [
        ("done", 6)
    ]
    assert zsc_wh.open(odd / "zscwh.duckdb").audit() == []


def test_every_bad_file_is_named_in_the_warehouse(odd: Path) -> None:
    """The unreadable files are exactly the bad ones, each with a reason."""
    found = _rows(
        odd,
        "select sample_id, reason from unreadable_sample"
        " inner join embedding using (embedding_key)"
        " inner join sample using (dataset_key, sample_index) where reason <> ''",
    )
    bad = {
        str(path.relative_to(odd / "odd"))
        for path in (odd / "odd").rglob("*")
        if path.name in odd_images.BAD
    }
    assert len(bad) > 50
    assert {sample_id for sample_id, _ in found} == bad


def test_every_reason_is_told_once_in_the_status(odd: Path) -> None:
    """With the first of its files, and where the others are; and what is no image."""
    text = (odd / "status.txt").read_text()
    lines = [line for line in text.splitlines() if line.startswith("unreadable in ")]
    by_reason: dict[str, list[str]] = {}
    for name, reason in _rows(
        odd,
        "select sample_id, reason from unreadable_sample "
        "inner join embedding using (embedding_key) inner join sample using "
        "(dataset_key, sample_index) group by all order by all",
    ):
        by_reason.setdefault(str(reason), []).append(str(name))
    assert len(by_reason) > 3
    for reason, names in by_reason.items():
        (line,) = (line for line in lines if line.endswith(f": {reason}"))
        assert names[0] in line
        assert all(name in line for name in names) or "query unreadable" in line
    assert len(lines) == len(by_reason)
    assert "notes.txt" in text


def test_what_is_no_image_is_no_sample(odd: Path) -> None:
    """An image under another suffix is a sample, a text is not; both are accounted."""
    samples = {str(name) for (name,) in _rows(odd, "select sample_id from sample")}
    names = {name.split("/")[1] for name in samples}
    assert names == {*odd_images.GOOD, *odd_images.BAD}
    ((ignored,),) = _rows(odd, "select ignored from dataset_name")
    assert {str(name).split("/")[1] for name in list(ignored)} == {  # type: ignore[call-overload]
        *odd_images.IGNORED
    }


def test_lists_by_sample_are_null_where_it_could_not_be_read(odd: Path) -> None:
    """Assignments and projections keep the sample order of the dataset."""
    rows = _rows(
        odd,
        "select labels[sample_index + 1], x[sample_index + 1], y[sample_index + 1]"
        " from assignment inner join run using (run_key)"
        " inner join cell using (cell_key)"
        " inner join unreadable_sample using (embedding_key)"
        " inner join reduction using (embedding_key)"
        " inner join projection"
        " on projection.reduction_key = reduction.reduction_key",
    )
    assert len(rows) > 300
    assert set(rows) == {(None, None, None)}
    counts = _rows(
        odd,
        "select distinct len(labels), list_count(labels), n_samples, n"
        " from assignment inner join run using (run_key)"
        " inner join cell using (cell_key) inner join dataset using (dataset_key)"
        " inner join embedding using (embedding_key)",
    )
    assert len(counts) == 1
    length, clustered, n_samples, n_readable = counts[0]
    assert (length, clustered) == (n_samples, n_readable)


def test_scores_are_those_of_the_readable_samples(odd: Path) -> None:
    """AMI and silhouette equal scikit-learn's over the rows that there are."""
    from sklearn.metrics import adjusted_mutual_info_score, silhouette_score

    ((key, labels, class_index, ami, silhouette),) = _rows(
        odd,
        "select embedding_key, labels, class_index, ami, silhouette_original"
        " from result inner join cell using (cell_key)"
        " inner join assignment using (run_key)"
        " inner join label using (label_key)"
        " where reducer = 'none' and clusterer = 'kmeans'",
    )
    assert isinstance(labels, list)
    assert isinstance(class_index, list)
    kept = [i for i, label in enumerate(labels) if label is not None]
    predicted = np.array([labels[i] for i in kept])
    true = np.array([class_index[i] for i in kept])
    features = Store(odd / "zscwh.duckdb.store").load(str(key))
    assert len(features) == len(kept)
    assert ami == pytest.approx(adjusted_mutual_info_score(true, predicted), abs=1e-9)
    assert silhouette == pytest.approx(silhouette_score(features, predicted), abs=1e-5)


def test_a_later_score_knows_what_was_left_out(
    odd: Path, module_grid: tuple[object, Command]
) -> None:
    """A score added later meets the stored assignment, also without the arrays."""
    from sklearn.metrics import homogeneity_score

    _, zscwh = module_grid
    grid = odd / "late.toml"
    scores = '["ami", "silhouette_original"]'
    grid.write_text(GRID.replace(scores, '["homogeneity"]').replace('["plane"]', "[]"))
    warehouse = odd / "late.duckdb"
    warehouse.write_bytes((odd / "zscwh.duckdb").read_bytes())
    done = zscwh("--warehouse", warehouse, "ingest", grid)
    assert "0 cells executed" in done.stderr
    ((labels, class_index, value),) = (
        zsc_wh.open(warehouse)
        .run_sql(
            "select labels, class_index, value from result"
            " inner join assignment using (run_key) inner join label using (label_key)"
            " inner join score using (run_key, label_key)"
            " where reducer = 'none' and clusterer = 'kmeans'"
            " and metric = 'homogeneity'"
        )
        .rows
    )
    kept = [i for i, each in enumerate(labels) if each is not None]
    true, predicted = [class_index[i] for i in kept], [labels[i] for i in kept]
    assert value == pytest.approx(homogeneity_score(true, predicted), abs=1e-9)


@pytest.fixture
def twin(odd: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder, with its warehouse and its store."""
    shutil.copytree(odd, tmp_path / "twin")
    return tmp_path / "twin"


def _lose_embedding(folder: Path) -> None:
    """Remove the embedding from the store; what was made of it stays."""
    ((key,),) = _rows(folder, "select embedding_key from embedding")
    Store(folder / "zscwh.duckdb.store").delete(str(key))


def test_a_clusterer_added_without_the_embedding_knows_what_was_left_out(
    twin: Path, zscwh: Command
) -> None:
    """The warehouse tells which samples a stored reduction lacks."""
    _lose_embedding(twin)
    grid = twin / "odd.toml"
    grid.write_text(
        GRID.replace('"hdbscan"]', '"hdbscan", "spectral"]')
        .replace('["none", "plane"]', '["plane"]')
        .replace('["ami", "silhouette_original"]', '["ami"]')
    )
    done = zscwh("--warehouse", twin / "zscwh.duckdb", "ingest", grid)
    assert "1 cell executed" in done.stderr
    assert "set aside" not in done.stderr
    (states,) = _rows(
        twin,
        "select count(*) from result where clusterer = 'spectral' and ami is not null",
    )
    assert states == (1,)


def test_a_spoilt_file_makes_another_version(twin: Path, zscwh: Command) -> None:
    """A file of the same size that was spoilt meanwhile is another sample."""
    path = twin / "odd" / "class0" / "plain.png"
    path.write_bytes(bytes(path.stat().st_size))
    warehouse = twin / "zscwh.duckdb"
    done = zscwh("--warehouse", warehouse, "ingest", twin / "odd.toml")
    assert (
        "odd: 1 sample replaced since @1: 1 embedding to make, 6 cells" in done.stderr
    )
    assert "6 cells executed" in done.stderr
    spoilt = _rows(
        twin,
        "select count(*) from unreadable_sample inner join embedding"
        " using (embedding_key) group by embedding_key order by 1",
    )
    assert len(spoilt) == 2
    assert spoilt[1][0] == spoilt[0][0] + 1  # type: ignore[operator]


def test_a_sample_that_decodes_here_and_not_there_is_refused(tmp_path: Path) -> None:
    """One embedding cannot stand for another of the same files but other samples."""
    odd_images.write(tmp_path / "odd", "plain.png", 0)
    odd_images.write(tmp_path / "odd", "rgba.png", 1)
    file = tmp_path / "grid.toml"
    file.write_text(GRID)
    (grid,), _ = read_grids([str(file)])
    declared = grid.cells[0]
    listing = datasets.list_samples(declared.dataset.loader, tmp_path, None)
    task = EmbedTask(
        key="k",
        encoder_key="e",
        features_sha256=None,
        encoder=declared.encoder,
        dataset=declared.dataset,
        listing=listing,
        transform=declared.encoder.transform,
        device="cpu",
        threads=1,
        offline=True,
        weights=None,
        weights_sha256=None,
        missing=(),
        unreadable=(1,),
    )
    with pytest.raises(DataError, match="can be read now"):
        task.run(Store(tmp_path / "store"), lambda _done, _total: None)
