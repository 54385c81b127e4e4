from __future__ import annotations

import csv
import io
import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

import zsc_wh
from zsc_wh.cli.options import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid


@pytest.fixture(scope="module")
def ingested(module_grid: tuple[MakeGrid, Command]) -> Path:
    """Ingest the tiny grid once, and return the folder."""
    make_grid, zscwh = module_grid
    grid = make_grid()
    zscwh("ingest", grid)
    return grid.parent


@pytest.fixture
def filled(ingested: Path, tmp_path: Path) -> Path:
    """Return a warehouse file of the test's own, with the tiny grid in it."""
    shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
    return tmp_path / "zscwh.duckdb"


def test_init_makes_a_warehouse_and_keeps_one(zscwh: Command, tmp_path: Path) -> None:
    """The second time nothing changes."""
    zscwh("init")
    before = (tmp_path / "zscwh.duckdb").stat().st_size
    assert "is ready" in zscwh("init").stderr
    assert (tmp_path / "zscwh.duckdb").stat().st_size == before


def test_a_tilde_is_the_home_folder(
    zscwh: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an option and in a variable that no shell has seen; ~nobody is a name."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ZSCWH_WAREHOUSE", "~/a.duckdb")
    zscwh("init")
    zscwh("--warehouse", "~/b.duckdb", "init")
    zscwh("--warehouse", "~nobody.duckdb", "init")
    assert (home / "a.duckdb").exists()
    assert (home / "b.duckdb").exists()
    assert (tmp_path / "~nobody.duckdb").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_a_link_is_the_warehouse_that_it_leads_to(
    filled: Path, zscwh: Command, tmp_path: Path, make_grid: MakeGrid
) -> None:
    """What lies beside the file is found, and nothing is made beside the link."""
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "one.duckdb").symlink_to(filled)
    (folder / "two.duckdb").symlink_to("one.duckdb")
    done = zscwh("--warehouse", folder / "two.duckdb", "status")
    assert "store: 6 arrays" in done.stderr
    grid = make_grid(clusterers=["kmeans", "ac-known", "hdbscan", "spare"])
    zscwh("--warehouse", folder / "two.duckdb", "ingest", grid)
    assert {path.name for path in folder.iterdir()} == {"one.duckdb", "two.duckdb"}
    opened = zsc_wh.open(folder / "one.duckdb")
    assert opened.path == filled.resolve()
    assert opened.run_sql("select count(*) from result").rows == [(12,)]


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_a_link_to_nothing_makes_what_it_leads_to(
    zscwh: Command, tmp_path: Path
) -> None:
    """The link stays."""
    (tmp_path / "new.duckdb").symlink_to("there.duckdb")
    zscwh("--warehouse", "new.duckdb", "init")
    assert (tmp_path / "there.duckdb").is_file()
    assert (tmp_path / "new.duckdb").is_symlink()


@pytest.mark.parametrize("seconds", ["nan", "inf", "0"])
def test_a_timeout_is_a_number_of_seconds(zscwh: Command, seconds: str) -> None:
    """Neither nothing nor what never ends."""
    done = zscwh("ingest", "quickstart", "--timeout", seconds, code=2)
    assert "--timeout" in done.stderr


@pytest.mark.parametrize(
    "command",
    [("query", "results"), ("sql", "select 1"), ("status",), ("assignments", "x")],
    ids=str,
)
def test_without_a_warehouse_the_error_says_how_to_make_one(
    zscwh: Command, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Asking makes no file; exit code 3."""
    done = zscwh(*command, code=3)
    assert "zscwh.duckdb: there is no such warehouse" in done.stderr
    assert "zscwh ingest" in done.stderr
    assert not (tmp_path / "zscwh.duckdb").exists()


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_of_a_query(filled: Path, zscwh: Command, fmt: str) -> None:
    """Each format goes to a file; standard output stays empty then."""
    done = zscwh("query", "results", "-f", fmt, "-o", "out")
    assert done.stdout == ""
    assert (filled.parent / "out").stat().st_size > 100


def test_results_go_to_stdout_and_nothing_else(filled: Path, zscwh: Command) -> None:
    """JSON on standard output can be piped on."""
    rows = json.loads(zscwh("query", "results", "-f", "json").stdout)
    assert len(rows) == 9
    assert {row["encoder"] for row in rows} == {"blob_features"}


def test_sql_comes_from_the_argument(filled: Path, zscwh: Command) -> None:
    """One statement, its rows."""
    done = zscwh("sql", "select count(*) as n from result", "-f", "csv")
    assert done.stdout == "n\n9\n"


def test_assignments_name_every_sample(filled: Path, zscwh: Command) -> None:
    """One row a sample, with cluster and label, by path of names or by key."""
    by_name = zscwh(
        "assignments", "blob_features/blobs/none/kmeans", "-f", "csv"
    ).stdout
    rows = list(csv.DictReader(io.StringIO(by_name)))
    assert len(rows) == 240
    assert {row["cluster"] for row in rows} == {"0", "1", "2", "3"}
    key = zsc_wh.open(filled).run_sql(
        "select cell_key from result where clusterer = 'kmeans' and reducer = 'none'"
    )
    by_key = zscwh("assignments", str(key.rows[0][0])[:12], "-f", "csv").stdout
    assert by_key == by_name


def test_silhouettes_are_those_of_the_score(filled: Path, zscwh: Command) -> None:
    """Their mean over samples is the stored score, and so is the one over clusters."""
    cell = "blob_features/blobs/none/kmeans"
    ((expected,),) = (
        zsc_wh.open(filled)
        .run_sql(
            "select silhouette from result where reducer = 'none' "
            "and clusterer = 'kmeans'"
        )
        .rows
    )
    samples, clusters = (
        list(
            csv.DictReader(
                io.StringIO(zscwh("silhouettes", cell, *more, "-f", "csv").stdout)
            )
        )
        for more in (("--by", "sample"), ())
    )
    values = [float(row["silhouette"]) for row in samples]
    assert len(values) == 240
    assert sum(values) / 240 == pytest.approx(expected, rel=1e-12)
    total = sum(int(row["n_samples"]) * float(row["silhouette"]) for row in clusters)
    assert total / 240 == pytest.approx(expected, rel=1e-12)


def test_an_ambiguous_cell_lists_what_it_could_mean(
    filled: Path, zscwh: Command
) -> None:
    """More than one match is an error with the candidates."""
    assert "means 9 cells" in zscwh("assignments", "", code=1).stderr


def test_status_shows_coverage_and_store(filled: Path, zscwh: Command) -> None:
    """Coverage on standard output, the rest beside it."""
    done = zscwh("status", "-f", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert (row["grid"], row["cells"], row["closed"]) == ("tiny", "9", "9")
    assert "store: 6 arrays" in done.stderr
    assert "inbox: 0 shards to load" in done.stderr


def test_forget_reopens_the_cells_that_match(
    filled: Path, zscwh: Command, make_grid: MakeGrid
) -> None:
    """Runs go, cells stay declared, and the next ingest runs them again."""
    assert "3 cells" in zscwh("forget", "--clusterer", "kmeans", "--dry-run").stderr
    zscwh("forget", "--clusterer", "kmeans", "--yes")
    opened = zsc_wh.open(filled)
    assert opened.run_sql("select count(*) from result").rows == [(6,)]
    assert opened.audit() == []
    assert "3 cells executed" in zscwh("ingest", make_grid()).stderr


def test_forget_frees_arrays_that_nothing_uses(filled: Path, zscwh: Command) -> None:
    """With ``--arrays`` the arrays of the last cells of a reduction go too."""
    done = zscwh("forget", "--reducer", "pca-0.90", "--arrays", "--yes")
    assert "2 arrays freed" in done.stderr
    opened = zsc_wh.open(filled)
    assert opened.run_sql("select count(*) from reduction").rows == [(1,)]
    assert opened.run_sql("select count(*) from embedding").rows == [(1,)]


def test_forget_wants_to_know_what(filled: Path, zscwh: Command) -> None:
    """Without a criterion nothing is forgotten."""
    assert "Give at least one of" in zscwh("forget", "--yes", code=2).stderr


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("query", "result"), 1, "did you mean 'results'?"),
        (("query", "results", "-p", "encodr=x"), 1, "encoder"),
        (("query", "results", "-p", "encoder"), 2, "is not NAME=VALUE"),
        (("sql", "select"), 1, "zscwh: "),
        (("queries", "result"), 1, "did you mean 'results'?"),
        (("ingst",), 2, "No such command"),
        (("ingest", "quikstart"), 2, "did you mean 'quickstart'?"),
        (("ingest", "quickstart", "--memory-limit", "big"), 2, "is not a valid size"),
        (("ingest", "quickstart", "--memory-limit", "0"), 2, "nothing can run"),
        (("ingest", "quikstart"), 2, "mean 'quickstart'? Shipped grids: "),
        (("forget", "--cell", "zzz", "--yes"), 1, "no cell is called 'zzz'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_mistakes_are_answered(
    filled: Path, zscwh: Command, command: tuple[str, ...], code: int, said: str
) -> None:
    """One line on standard error, and the exit code of its kind."""
    done = zscwh(*command, code=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_queries_are_listed_and_shown(zscwh: Command) -> None:
    """The list names every query; one query is shown as its file."""
    listed = list(csv.DictReader(io.StringIO(zscwh("queries", "-f", "csv").stdout)))
    assert "results" in {row["query"] for row in listed}
    assert zscwh("queries", "results").stdout.startswith("-- name: results\n")


@pytest.mark.parametrize(
    "kind", ["encoders", "datasets", "reducers", "clusterers", "scores", "grids"]
)
def test_the_catalog_lists_every_kind(zscwh: Command, kind: str) -> None:
    """Each kind has entries with names."""
    rows = list(csv.DictReader(io.StringIO(zscwh("catalog", kind, "-f", "csv").stdout)))
    assert rows
    assert all(next(iter(row.values())) for row in rows)


@pytest.mark.parametrize(
    "args",
    [
        ("prune", "--format", "csv", "--format", "json"),
        ("query", "results", "-f", "csv", "-f", "json"),
        ("plan", "quickstart", "--limit", "1", "--limit=2"),
    ],
)
def test_an_option_that_is_given_twice_is_refused(
    zscwh: Command, tmp_path: Path, args: tuple[str, ...]
) -> None:
    """The first of them would be lost without a word."""
    done = zscwh(*args, code=2)
    assert "it is given twice, and takes one value" in done.stderr
    assert not (tmp_path / "zscwh.duckdb").exists()
