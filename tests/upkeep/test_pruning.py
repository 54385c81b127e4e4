from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made, key
from tests.upkeep.conftest import ARRAY
from tests.warehouse.rows import declared
from zsc_wh.engine.heartbeat import Heartbeat
from zsc_wh.engine.store_use import shared_use, sole_use
from zsc_wh.errors import LoadError, LockedError, SchemaError
from zsc_wh.files import TEMPORARY
from zsc_wh.shards import write_shard
from zsc_wh.store import Store
from zsc_wh.upkeep.pruning import Pruning, find_useless, prune
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from tests.upkeep.conftest import Fill


@pytest.fixture
def made() -> Made:
    """Declare one cell in UMAP space, with its arrays and a map."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["x", "y"])
    for name in ("umap", "umap-2"):
        made.reducer(name)
    made.clusterer("kmeans")
    made.embedding("e", "d")
    made.reduction("e", "d", "umap")
    made.projection("e", "d", [(0, 0), (1, 1)])
    made.cell("e", "d", "umap", "kmeans")
    return made


def _useless(made: Made) -> str:
    """Record an embedding that nothing refers to, with a reduction; return its key."""
    made.encoder("gone")
    embedding = made.embedding("gone", "d")
    made.array_score(embedding, "silhouette", 0.5)
    made.unreadable("gone", "d", {1: "truncated"})
    made.projection("gone", "d", [(0, 0), (None, None)])
    return embedding


def _embeds(made: Made, grid: str, encoder: str, dataset: str) -> None:
    """Note that a grid wants an embedding of a train set."""
    of_encoder = next(
        row for row in made.rows["grid_name"].values() if row["kind"] == "encoder"
    )
    made.rows["grid_name"][f"{grid}|{encoder}|{dataset}"] = of_encoder | {
        "grid_key": grid,
        "name": encoder,
        "dataset": dataset,
    }


def _files(found: Pruning) -> dict[str, int]:
    """Return the number of files by kind, where there are any."""
    return {heap.kind: len(heap.paths) for heap in found.heaps if heap.paths}


def _rows(found: Pruning) -> dict[str, int]:
    """Return the number of rows by kind, where there are any."""
    return {heap.kind: heap.n_rows for heap in found.heaps if heap.n_rows}


def test_what_cells_and_maps_need_stays(fill: Fill, made: Made) -> None:
    """A cell needs its arrays, closed or not, and its embedding keeps its maps."""
    assert find_useless(fill(made)).is_empty


def test_arrays_that_nothing_refers_to_go_with_their_rows(
    fill: Fill, made: Made
) -> None:
    """Array, note, rows and all that hangs on them are removed; the rest stays."""
    _useless(made)
    warehouse = fill(made)
    freed = prune(warehouse)
    assert _files(freed) == {"unused arrays": 4}
    assert _rows(freed) == {"unused arrays": 2, "names": 1, "things": 1}
    assert freed.n_bytes > 2 * ARRAY.nbytes
    counts = "select (select count(*) from embedding), (select count(*) from reduction)"
    assert warehouse.read(counts).rows == [(1, 2)]
    assert warehouse.audit() == []
    assert len(list(Store(warehouse.store_path).keys())) == 3
    assert find_useless(warehouse).is_empty


def test_looking_removes_nothing(fill: Fill, made: Made) -> None:
    """To find is not to free."""
    _useless(made)
    warehouse = fill(made)
    assert _files(find_useless(warehouse)) == _files(find_useless(warehouse)) != {}


def test_both_embeddings_of_a_probe_stay(fill: Fill, made: Made) -> None:
    """A probe refers to the embedding of its train set."""
    made.dataset("train", ["x", "y"])
    made.embedding("e", "train")
    made.probe("e", "train", "d", {"accuracy": 0.5}, k=20)
    assert find_useless(fill(made)).is_empty


def test_the_train_set_of_a_dataset_stays(fill: Fill, made: Made) -> None:
    """An encoder of a dataset needs its embedding of the train set before a probe."""
    made.dataset("train", ["x", "y"])
    made.embedding("e", "train")
    made.rows["dataset_name"]["d"]["train"] = "train"
    grid = made.grid("mine", made.rows["cell"])
    _embeds(made, grid, "e", "train")
    warehouse = fill(made)
    assert find_useless(warehouse).is_empty
    store = Store(warehouse.store_path)
    row = {"encoder_key": key("encoder", "e"), "dataset_key": key("dataset", "train")}
    store.put("f" * 64, ARRAY, lambda _: {"embedding": [row]})
    hanging = {"embedding_key": "f" * 64}
    store.put("a" * 64, ARRAY, lambda _: {"reduction": [hanging]})
    assert find_useless(warehouse).is_empty
    warehouse.write(
        lambda con: con.execute("delete from grid_name where dataset='train'")
    )
    assert _files(find_useless(warehouse)) == {"unused arrays": 6}


@pytest.mark.parametrize(
    ("of", "files"), [("d", {}), ("elsewhere", {"unused arrays": 2})]
)
def test_an_unrecorded_array_is_judged_by_its_note(
    fill: Fill, made: Made, of: str, files: dict[str, int]
) -> None:
    """What a killed ingest stored is kept for the next one, if a cell may need it."""
    warehouse = fill(made)
    row = {"embedding_key": key("embedding", "e", of)}
    Store(warehouse.store_path).put("f" * 64, ARRAY, lambda _: {"reduction": [row]})
    assert _files(find_useless(warehouse)) == files


def _closed(made: Made, *, scored: bool) -> None:
    """Close the cell of a grid that declares AMI."""
    (cell,) = made.rows["cell"]
    grid = made.grid("g", [cell])
    made.rows["grid_score"]["ami"] = {
        "grid_key": grid,
        "score": "ami",
        "metric": "ami",
        "space": "labels",
        "subset": "all",
    }
    made.run(cell, {"ami": 0.5} if scored else {})


@pytest.mark.parametrize(
    ("scored", "files"), [(True, {"complete arrays": 6}), (False, {})]
)
def test_complete_frees_the_arrays_of_complete_cells(
    fill: Fill, made: Made, scored: bool, files: dict[str, int]
) -> None:
    """Closed and with every declared score: its arrays go, and their rows stay."""
    _closed(made, scored=scored)
    warehouse = fill(made)
    assert find_useless(warehouse).is_empty
    freed = prune(warehouse, complete=True)
    assert (_files(freed), _rows(freed)) == (files, {})
    assert warehouse.read("select count(*) from reduction").rows == [(2,)]


def test_complete_is_scored_at_every_level(fill: Fill, made: Made) -> None:
    """An ingest judges a run by all levels of its dataset."""
    made.level("d", "fine", 1, n_classes=2)
    _closed(made, scored=True)
    (run,) = made.rows["run"]
    assert _files(find_useless(fill(made), complete=True)) == {}
    made.level_score(run, "fine", 0.5)
    found = find_useless(fill(made), complete=True)
    assert _files(found) == {"complete arrays": 6}


def test_complete_is_scored_over_every_subset(fill: Fill, made: Made) -> None:
    """A score with noise as a cluster is not the score without the noise."""
    _closed(made, scored=True)
    score = made.rows["grid_score"]["ami"]
    made.rows["grid_score"]["ami"] = {**score, "subset": "clustered"}
    assert _files(find_useless(fill(made), complete=True)) == {}


def test_complete_asks_nothing_of_what_is_no_longer_wanted(
    fill: Fill, made: Made
) -> None:
    """No ingest scores what only an earlier declaration wants."""
    _closed(made, scored=False)
    made.grid("g", [], day=1)
    files = _files(find_useless(fill(made), complete=True))
    assert files == {"complete arrays": 6}


@pytest.mark.parametrize(
    ("over_limit", "files"), [(None, {"complete arrays": 6}), (2**30, {})]
)
def test_complete_counts_what_can_never_run(
    fill: Fill, made: Made, over_limit: int | None, files: dict[str, int]
) -> None:
    """A cell that cannot be applied is settled; one over a limit waits for another."""
    (cell,) = made.rows["cell"]
    run = made.run(cell, status="skipped")
    made.rows["run"][run]["over_limit_bytes"] = over_limit
    assert _files(find_useless(fill(made), complete=True)) == files


def test_damaged_files_and_bad_shards_go(fill: Fill, made: Made) -> None:
    """What was set aside is freed, folders with their files."""
    warehouse = fill(made)
    Store(warehouse.store_path).quarantine(next(iter(made.rows["embedding"])))
    shard = warehouse.inbox / "bad" / "x.shard"
    shard.mkdir(parents=True)
    (shard / "run.parquet").write_bytes(b"12345")
    freed = prune(warehouse)
    assert _files(freed) == {"damaged arrays": 2, "bad shards": 1}
    assert not shard.exists()
    assert not list(warehouse.store_path.glob("??/*.bad"))


def _dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(
    fill: Fill, made: Made
) -> None:
    """A temporary name tells its process; an array without a note does not exist."""
    warehouse = fill(made)
    folder = warehouse.store_path / "ab"
    folder.mkdir()
    host = platform.node().replace("-", "_")
    dead = folder / f"{TEMPORARY}{_dead_pid()}-{host}-0"
    alive = folder / f"{TEMPORARY}1-{host}-0"
    orphan = folder / "abc.npy"
    for path in (dead, alive, orphan):
        path.touch()
    assert _files(prune(warehouse)) == {"leftovers": 2}
    assert [dead.exists(), alive.exists(), orphan.exists()] == [False, True, False]


def test_what_is_unfinished_goes_where_nobody_needs_it(fill: Fill, made: Made) -> None:
    """It stays for a cell that waits for it, and not beside the array itself."""
    embedding = next(iter(made.rows["embedding"]))
    warehouse = fill(made)
    store = Store(warehouse.store_path)
    stored = min({*store.keys()} - {embedding})
    store.delete(embedding)
    paths = [store.unfinished(one) for one in (embedding, "f" * 64, stored)]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert _files(prune(warehouse)) == {"leftovers": 1, "unfinished arrays": 1}
    assert [path.exists() for path in paths] == [True, False, False]


def test_nothing_is_freed_while_an_ingest_runs(fill: Fill, made: Made) -> None:
    """The error names the ingest."""
    _useless(made)
    warehouse = fill(made)
    Heartbeat(warehouse.inbox, ["night"]).beat(0, 1, 0, [])
    with pytest.raises(LockedError, match="ingest of night is running"):
        prune(warehouse)
    assert len(list(Store(warehouse.store_path).keys())) == 5


def test_nothing_is_freed_while_another_warehouse_uses_the_store(
    fill: Fill, made: Made
) -> None:
    """A store may belong to several warehouses, by a link."""
    warehouse = fill(made)
    _useless(made)
    other = fill(made)
    shutil.rmtree(other.store_path)
    other.store_path.symlink_to(warehouse.store_path)
    with (
        shared_use(warehouse.store_path, warehouse.path),
        pytest.raises(LockedError, match="an ingest uses this store"),
    ):
        prune(other)
    with (
        sole_use(warehouse.store_path),
        pytest.raises(LockedError, match="another process frees arrays"),
        shared_use(other.store_path, other.path),
    ):
        pass


def _sharing(fill: Fill, one: Made, other: Made) -> tuple[Warehouse, Warehouse]:
    """Fill two warehouses in folders of their own that have one store, and sign it."""
    first, second = fill(one), fill(other)
    away = second.path.parent / "away" / second.path.name
    away.parent.mkdir()
    second.path.rename(away)
    for array in Store(second.store_path).contents():
        target = first.store_path / array.parent.name / array.name
        target.parent.mkdir(exist_ok=True)
        array.rename(target)
    shutil.rmtree(second.store_path)
    moved = Warehouse(away)
    moved.store_path.symlink_to(first.store_path)
    for warehouse in (first, moved):
        with shared_use(warehouse.store_path, warehouse.path):
            pass
    return first, moved


@pytest.fixture
def more() -> Made:
    """Declare another cell, whose arrays the first warehouse knows nothing of."""
    more = Made()
    more.encoder("more")
    more.dataset("d", ["x", "y"])
    more.reducer("umap")
    more.clusterer("kmeans")
    more.embedding("more", "d")
    more.reduction("more", "d", "umap")
    more.cell("more", "d", "umap", "kmeans")
    return more


def test_what_another_warehouse_needs_is_not_freed(
    fill: Fill, made: Made, more: Made
) -> None:
    """Also at rest, whichever of the two frees; and each is told of the other."""
    first, second = _sharing(fill, made, more)
    for warehouse, other, kept in ((first, second, 2), (second, first, 3)):
        found = prune(warehouse)
        assert _files(found) == {}
        assert found.kept == {Path(os.path.realpath(other.path)): kept}
    assert len(list(Store(first.store_path).keys())) == 5


def test_what_no_warehouse_needs_goes(fill: Fill, made: Made, more: Made) -> None:
    """An array goes when its last user has no use for it, or is gone."""
    _useless(made)
    first, second = _sharing(fill, made, more)
    assert _files(prune(first)) == {"unused arrays": 4}
    second.path.unlink()
    assert _files(prune(first)) == {"unused arrays": 4}


def test_a_warehouse_that_cannot_be_asked_stops_the_freeing(
    fill: Fill, made: Made, more: Made
) -> None:
    """What it needs is not known, so nothing goes; the message names it."""
    _useless(made)
    first, second = _sharing(fill, made, more)
    second.path.write_bytes(b"nonsense")
    with pytest.raises(SchemaError, match="has the same store") as caught:
        prune(first)
    assert caught.value.where == os.path.realpath(second.path)
    assert len(list(Store(first.store_path).keys())) == 7


def test_a_link_beside_the_store_is_found_without_a_signature(
    fill: Fill, made: Made, more: Made
) -> None:
    """Warehouses that were filled before signatures count where they can be seen."""
    first, second = _sharing(fill, made, more)
    shutil.rmtree(first.store_path / ".users")
    assert list(prune(second).kept.values()) == [3]


def test_nothing_is_freed_while_shards_wait(fill: Fill, made: Made) -> None:
    """What they bring may need what nothing refers to yet."""
    _useless(made)
    warehouse = fill(made)
    write_shard(warehouse.inbox, declared("a"), "elsewhere")
    with pytest.raises(LoadError, match="1 shard waits to be loaded"):
        prune(warehouse)


def test_the_heartbeat_of_a_dead_ingest_stops_nothing(fill: Fill, made: Made) -> None:
    """A killed ingest leaves its file; it is not running."""
    warehouse = fill(made)
    warehouse.inbox.mkdir()
    beat = {
        "pid": _dead_pid(),
        "host": platform.node(),
        "grids": ["night"],
        "started_at": time.time(),
        "beaten_at": time.time(),
        "done": 0,
        "total": 1,
        "failed": 0,
        "running": [],
    }
    (warehouse.inbox / "ingest-x-1.heartbeat").write_text(json.dumps(beat))
    assert find_useless(warehouse).is_empty
