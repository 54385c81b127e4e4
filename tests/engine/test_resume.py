from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

import zsc_wh
from zsc_wh.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid


@pytest.fixture(scope="module")
def made(module_grid: tuple[MakeGrid, Command]) -> Path:
    """Ingest the tiny grid once, and return the folder."""
    make_grid, zscwh = module_grid
    grid = make_grid()
    zscwh("ingest", grid)
    return grid.parent


@pytest.fixture
def ingested(made: Path, tmp_path: Path) -> None:
    """Put what was ingested once into a folder of the test's own."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)


def _tasks(folder: Path) -> dict[str, int]:
    """Return the tasks executed so far by stage."""
    rows = zsc_wh.open(folder / "zscwh.duckdb").run_sql(
        "select stage, count(*) from task group by stage"
    )
    return {str(stage): int(str(count)) for stage, count in rows.rows}


def test_what_is_done_is_not_done_again(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """The same ingest again executes nothing, adds nothing and says so."""
    grid = make_grid()
    first = zscwh("ingest", grid)
    assert "9 cells executed" in first.stderr
    before = _tasks(tmp_path)
    assert before == {"embed": 1, "reduce": 2, "linkage": 3, "cluster": 9, "score": 12}
    again = zscwh("ingest", grid)
    assert "0 cells executed" in again.stderr
    assert _tasks(tmp_path) == before


@pytest.mark.usefixtures("ingested")
def test_a_new_clusterer_runs_alone(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """Adding a clusterer computes no embedding and no reduction again."""
    before = _tasks(tmp_path)
    grid = make_grid(clusterers=("kmeans", "ac-known", "hdbscan", "spare"))
    planned = zscwh("plan", grid, "-f", "csv").stdout.splitlines()
    to_run = {line.split(",")[0]: int(line.split(",")[1]) for line in planned[1:]}
    assert {k: n for k, n in to_run.items() if n} == {"cluster": 3, "score": 6}
    zscwh("ingest", grid)
    after = _tasks(tmp_path)
    assert {k: after[k] - before[k] for k in after} == {k: to_run[k] for k in after}


@pytest.mark.usefixtures("ingested")
def test_a_new_score_clusters_nothing(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """Adding a score reads the stored assignments."""
    before = _tasks(tmp_path)
    grid = make_grid(scores=("ami", "ari", "silhouette", "silhouette_original"))
    zscwh("ingest", grid)
    after = _tasks(tmp_path)
    made = {k: after[k] - before[k] for k in after}
    assert {k: n for k, n in made.items() if n} == {"score": 9}
    opened = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert opened.run_sql("select count(*) from result where ari is null").rows == [
        (0,)
    ]


def test_limit_runs_so_many_cells(make_grid: MakeGrid, zscwh: Command) -> None:
    """``--limit`` stops after this many cells; the next ingest goes on."""
    grid = make_grid()
    assert "2 cells executed" in zscwh("ingest", grid, "--limit", "2").stderr
    assert "7 cells executed" in zscwh("ingest", grid).stderr


def test_shards_made_elsewhere_are_loaded(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """``--shards-only`` leaves the warehouse alone; ``load`` brings the results in."""
    zscwh("ingest", make_grid(), "--shards-only", tmp_path / "out")
    assert not (tmp_path / "zscwh.duckdb").exists()
    zscwh("load", tmp_path / "out")
    zscwh("load", tmp_path / "out")
    opened = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert opened.run_sql("select count(*), count(ami) from result").rows == [(9, 9)]


@pytest.mark.usefixtures("ingested")
def test_a_damaged_array_is_set_aside_and_made_again(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """A flipped byte in the store is noticed, named, and never clustered."""
    embedding = zsc_wh.open(tmp_path / "zscwh.duckdb").run_sql(
        "select uri from embedding"
    )
    path = tmp_path / "zscwh.duckdb.store" / str(embedding.rows[0][0])
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    done = zscwh("ingest", make_grid(clusterers=("kmeans", "spare")))
    assert "is damaged: set aside" in done.stderr
    assert path.with_name(path.name + ".bad").exists()
    assert path.read_bytes() != bytes(content)


@pytest.mark.usefixtures("ingested")
def test_a_damaged_note_costs_its_array_alone(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """It is named and set aside, and the ingest goes on."""
    embedding = zsc_wh.open(tmp_path / "zscwh.duckdb").run_sql(
        "select uri from embedding"
    )
    uri = str(embedding.rows[0][0])
    note = (tmp_path / "zscwh.duckdb.store" / uri).with_suffix(".json")
    note.write_bytes(note.read_bytes().replace(b"float32", b"float64"))
    done = zscwh("ingest", make_grid(clusterers=("kmeans", "spare")))
    assert f"the note of stored array {uri} is damaged: set aside" in done.stderr
    assert note.with_name(note.name + ".bad").exists()
    assert note.exists()


@pytest.mark.parametrize("later", [False, True], ids=["exchanged", "made again"])
@pytest.mark.usefixtures("ingested")
def test_another_array_than_was_recorded_is_told(
    later: bool, make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """An array with a note of its own under a recorded key was exchanged.

    One that was made later, as with other libraries, is used, and told all the same.
    """
    rows = zsc_wh.open(tmp_path / "zscwh.duckdb").read(
        "select embedding_key from embedding"
    )
    key = rows.rows[0][0]
    store = Store(tmp_path / "zscwh.duckdb.store")
    kept = store.note(key)
    assert kept is not None
    (row,) = kept.rows["embedding"]
    made_at = row["created_at"] + timedelta(seconds=60 * later)
    store.put(
        key,
        store.load(key)[::-1],
        lambda sha256: {
            "embedding": [{**row, "sha256": sha256, "created_at": made_at}]
        },
    )
    done = zscwh("ingest", make_grid(clusterers=("kmeans", "spare")))
    now = store.note(key)
    assert now is not None
    assert (now.sha256 == kept.sha256) is not later
    told = "was made again" if later else "is not the one that the warehouse recorded"
    assert f"stored array {store.uri(key)} {told}" in done.stderr


def test_status_follows_the_declaration_that_was_ingested_last(
    make_grid: MakeGrid, zscwh: Command
) -> None:
    """A grid that goes back to an earlier wording is judged by that one again."""
    for clusterers in (("kmeans",), ("kmeans", "hdbscan"), ("kmeans",)):
        zscwh("ingest", make_grid(clusterers=clusterers))
        covered = zscwh("query", "coverage", "-f", "csv").stdout.splitlines()[1]
        assert covered.split(",")[2] == str(3 * len(clusterers))


def test_a_single_cell_can_be_run(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """`--cell` runs the cell that is called so and leaves the others for later."""
    grid = make_grid()
    planned = zscwh("plan", grid, "--cells", "-f", "csv").stdout.splitlines()
    key = planned[5].split(",")[-1]
    done = zscwh("ingest", grid, "--cell", key[:12])
    assert "1 cell executed" in done.stderr
    rows = zsc_wh.open(tmp_path / "zscwh.duckdb").run_sql("select cell_key from run")
    assert rows.rows == [(key,)]
    assert "8 to run" in zscwh("plan", grid).stderr
    for name in (
        "blob_features/blobs/none/kmeans",
        "blob_features/blobs/none/kmeans/0",
    ):
        table = zscwh("plan", grid, "--cells", "--cell", name, "-f", "csv").stdout
        (to_run,) = (line for line in table.splitlines() if "to run" in line)
        assert to_run.startswith("blob_features,blobs,none,kmeans,0,")


def test_a_cell_that_is_not_there_is_refused(
    make_grid: MakeGrid, zscwh: Command
) -> None:
    """A name that no cell of the grids has is an error with the nearest one."""
    grid = make_grid()
    failed = zscwh("ingest", grid, "--cell", "blob_features/blobs/none/kmean", code=2)
    assert "did you mean 'blob_features/blobs/none/kmeans'?" in failed.stderr
    failed = zscwh("ingest", grid, "--cell", "zzz", code=2)
    assert "no cell of these grids is called 'zzz'" in failed.stderr
    assert "plan GRID --cells" in failed.stderr
