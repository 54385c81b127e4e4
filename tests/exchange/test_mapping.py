from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.exchange.runs import study_runs, write_csv
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.exchange import import_runs
from zsc_wh.exchange.mapping import read_mapping, shipped_mappings

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

OWN = """\
-- name: own
-- doc: runs of our own tracker
-- inputs:
--   net text required        network
--   data text                dataset
--   split text               part of it
--   method text              clusterer
--   k integer                clusters asked for
--   n integer                samples
--   classes integer          classes
--   noise double             share of the samples
--   "accuracy %" double      adjusted Rand index, in percent
--   when timestamp           when it ran
-- ignores:
--   note_*, mood

select
    line,
    net as encoder,
    data || '-' || split as dataset,
    n as dataset_n_samples,
    'none' as reducer,
    format('{}-{:.1f}', method, k::double) as clusterer,
    'own' as clusterer_kind,
    'given' as clusterer_k_source,
    {'k': k, 'unset': null} as clusterer_params,
    7 as seed,
    classes as n_classes,
    round(noise * n) as n_noise,
    "accuracy %" / 100 as ari,
    "when" as started_at
from tracked
"""
TABLE = """\
net,data,split,method,k,n,classes,noise,accuracy %,when,note_1
a,b,test,mine,3,200,4,0.12501,50,2024-05-06T07:08:09,x
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a mapping of the user's own."""
    file = tmp_path / "own.sql"
    file.write_text(OWN, encoding="utf-8")
    return file


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table for it."""
    file = tmp_path / "table.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", shipped_mappings())
def test_a_shipped_mapping_is_sound(name: str) -> None:
    """It can be read by its name."""
    assert read_mapping(name).inputs


def test_a_mapping_of_ones_own(warehouse: Warehouse, table: Path, own: Path) -> None:
    """Names from several columns, constants, factors, products and times."""
    came = import_runs(warehouse, [table], str(own))
    assert (came.unknown, came.ignored) == ([], 1)
    row = warehouse.read(
        "select encoder, dataset, reducer, clusterer, result.seed, ari, n_noise,"
        " started_at::varchar, params::varchar"
        " from result inner join run using (run_key)"
        " inner join cell on cell.cell_key = result.cell_key"
        " inner join clusterer using (clusterer_key)"
    ).rows[0]
    assert row == (
        "a",
        "b-test",
        "none",
        "mine-3.0",
        7,
        0.5,
        25,
        "2024-05-06 07:08:09+00",
        '{"k":3}',
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("-- name: own", "-- name: mine", r"own.sql:1: the name 'mine' is not the"),
        ("-- inputs:", "-- columns:", ":3: the header needs the line '-- inputs:'"),
        ("k integer   ", "k whole   ", ":8: no type 'whole'.*Types are text, integer"),
        ("k integer   ", "k   ", ":8: no type 'clusters'"),
        ("--   split text ", "--   NET text ", ":6: the column 'NET' is there already"),
        ("--   split text ", "--   line text ", ":6: the column 'line' is there alr"),
        (
            "from tracked",
            "from trackd",
            "own.sql:32: there is no table 'trackd'.*'tracked'",
        ),
        ("net as", "nett as", r":19: there is no column 'nett'; did you mean 'net'"),
        ("round(", "rund(", r":29: there is no function 'rund'"),
        ("select", "selec", r":17: is not SQL from 'selec' on"),
        ("from tracked", "from tracked; select 1", "there are 2 statements"),
        ("from tracked", "from read_csv('x.csv')", "read_csv is switched off"),
        ("from tracked", "from 'x.csv'", "SQL cannot read files"),
        ("data || '-'", "data - '-'", r"own.sql:\d+: .*(types|together)"),
        ("as ari", "as arri", "no column 'arri' can be given; did you mean 'ari'"),
        ("7 as seed", "7 as sed", "the column 'seed' is missing"),
        ("    line,", "    'x' as line,", "'line' does not hold lines of the files"),
        ("from tracked", "from tracked where (", "is not SQL"),
        ("'own' as clusterer_kind", "net::integer as n_iter", "'a' cannot be read as"),
    ],
)
def test_a_fault_of_a_mapping_is_named(
    warehouse: Warehouse, table: Path, own: Path, old: str, new: str, fault: str
) -> None:
    """With file and line, in words of ours, and what to write instead."""
    assert old in OWN
    own.write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"(?s){fault}") as caught:
        import_runs(warehouse, [table], str(own))
    assert "Error" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("7 as seed", "-0.5 as seed", "line 2: seed must be a whole number, not a num"),
        ("7 as seed", "null as seed", "line 2: the mapping gives no seed"),
        ('"accuracy %" / 100', '"accuracy %"', "line 2: ari is 50; it lies from -0.5"),
        ('"accuracy %" / 100', "net", "line 2: ari must be a number, not 'a'"),
        ("round(noise * n)", "noise * n", "line 2: n_noise must be a whole number"),
        ("'given'", "'gven'", "k_source must be one of .*; did you mean 'given'"),
        ("    'own' as clusterer_kind,\n", "", "'mine-3.0' is in neither .*_kind"),
        ("{'k': k, 'unset': null}", "k", "clusterer_params must be a table"),
        ("as encoder,", "as encoder, 'x' as encoder_base,", "the base 'x' of the enc"),
        ("7 as seed", "7 as seed, 'lost' as status", "status must be one of"),
    ],
)
def test_a_value_that_cannot_be_is_a_bad_line(
    warehouse: Warehouse, table: Path, own: Path, old: str, new: str, fault: str
) -> None:
    """The line of the file is named, and the column of the contract."""
    assert old in OWN
    own.write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=f"(?s){fault}"):
        import_runs(warehouse, [table], str(own))


def test_rows_of_a_join_are_not_several_runs(
    warehouse: Warehouse, table: Path, own: Path
) -> None:
    """A join that finds a line twice would count it twice."""
    own.write_text(OWN.replace("from tracked", "from tracked, (values (1), (2))"))
    with pytest.raises(DataError, match="line 2: several rows for one run and level"):
        import_runs(warehouse, [table], str(own))


@pytest.mark.parametrize("name", ["studdy", "own.toml"])
def test_an_unknown_mapping_shows_those_that_there_are(name: str) -> None:
    """And what a mapping of one's own is."""
    with pytest.raises(ConfigError, match=r"(?s)no mapping.*Shipped: study.*SELECT in"):
        read_mapping(name)


def test_one_name_cannot_stand_for_two_settings(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Results of different settings are never pooled in silence."""
    text = shipped_mappings()["study"].read_text(encoding="utf-8")
    pooled = text.replace("else format('spectral-nn{:g}', run.neighbours)", "else 's'")
    mapping = tmp_path / "pooled.sql"
    mapping.write_text(pooled.replace("-- name: study", "-- name: pooled"))
    rows = [row for row in study_runs(40) if "Spectral" in row["clusterer_name"]]
    rows[1]["spectral_n_neighbors"] = 50
    file = write_csv(rows, tmp_path / "runs.csv")
    with pytest.raises(DataError, match="other parameters than in line 2"):
        import_runs(warehouse, [file], str(mapping))
