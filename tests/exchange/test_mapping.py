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

OWN = """
[columns]
seed = { default = "7" }
n_samples = "n"
n_classes = "classes"
n_noise = { column = "noise", of = "n" }
started_at = "when"

[scores]
"accuracy %" = { metric = "ari", times = 0.01 }

[[encoder]]
name = "{net}"

[[dataset]]
name = "{data}-{split}"

[[reducer]]
name = "none"
kind = "none"

[[clusterer]]
when = { method = "km*" }
name = "never"
kind = "kmeans"

[[clusterer]]
when = { method = "*" }
name = "{method}-{k:.1f}"
kind = "own"
k_source = "given"
params = ["k"]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a mapping of the user's own."""
    file = tmp_path / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", shipped_mappings())
def test_a_shipped_mapping_is_sound(name: str) -> None:
    """It can be read by its name."""
    assert read_mapping(name).rules["clusterer"]


def test_a_mapping_of_ones_own(warehouse: Warehouse, tmp_path: Path, own: Path) -> None:
    """Names from several columns, constants, factors, products and times."""
    file = tmp_path / "table.csv"
    file.write_text(
        "net,data,split,method,k,n,classes,noise,accuracy %,when\n"
        "a,b,test,mine,3,200,4,0.12501,50,2024-05-06T07:08:09\n"
    )
    import_runs(warehouse, file, str(own))
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
        ("[scores]", "[score]", ":9: score: unknown key; did you mean 'scores'?"),
        ("n_samples =", "n_sample =", "columns.n_sample: unknown fact; did you mean"),
        ('seed = { default = "7" }', "", "columns: the key 'seed' is missing"),
        ('{ default = "7" }', "{ times = 2 }", "columns.seed: needs a column, or"),
        ('metric = "ari"', 'metric = "arri"', "no metric 'arri' in the space labels"),
        ("{net}", "{net:d}", r"encoder\[0\].name: braces hold a column"),
        ("{net}", "{net", r"encoder\[0\].name: every { needs"),
        ('"*" }', "{ a = 1 } }", r"clusterer\[1\].when.method: must be a value"),
        ('kind = "own"', "", r"clusterer\[1\]: the key 'kind' is missing"),
        ("times = 0.01", 'times = "x"', 'scores."accuracy %".times: must be a number'),
        (
            "[columns]",
            "facts.dataset.b.n_samples = 0\n[columns]",
            "facts.dataset.b.n_samples: must be at least 1",
        ),
    ],
)
def test_a_fault_of_a_mapping_is_named(
    own: Path, old: str, new: str, fault: str
) -> None:
    """With the key, and the nearest valid name."""
    own.write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=fault):
        read_mapping(str(own))


def test_all_faults_are_told_at_once(own: Path) -> None:
    """A mapping is mended in one go."""
    text = OWN.replace('metric = "ari"', 'metric = "x"').replace("{net}", "{net!r}")
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="2 faults in the declarations"):
        read_mapping(str(own))


def test_no_fault_of_a_mapping_hides_another(own: Path) -> None:
    """Of every table, each with its line; a key that is misspelt is not missing."""
    own.write_text(
        """\
levl = "class"
encoder = 3
[columns]
n_sample = "n"
n_classes = { times = "x" }
[score]
[[dataset]]
name = "{net"
when = { a = [[1]] }
[[reducer]]
name = 1
[[clusterer]]
name = "a"
kind = "b"
k_source = "guessed"
[facts.dataset]
a = 1
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        read_mapping(str(own))
    lines = [line.split(": ")[:2] for line in caught.value.what.splitlines()[1:]]
    assert [(place.rpartition(":")[2], key) for place, key in lines] == [
        ("1", "levl"),
        ("2", "encoder"),
        ("3", "columns"),
        ("4", "columns.n_sample"),
        ("5", "columns.n_classes.times"),
        ("5", "columns.n_classes"),
        ("6", "score"),
        ("8", "dataset[0].name"),
        ("9", "dataset[0].when.a"),
        ("10", "reducer[0]"),
        ("11", "reducer[0].name"),
        ("15", "clusterer[0].k_source"),
        ("17", "facts.dataset.a"),
    ]


def test_two_columns_cannot_be_one_score(own: Path) -> None:
    """Which one counts could not be told."""
    more = '[scores]\nARI = { metric = "ari" }'
    own.write_text(OWN.replace("[scores]", more), encoding="utf-8")
    with pytest.raises(ConfigError, match="is the same score as 'ARI'"):
        read_mapping(str(own))


def test_an_unknown_mapping_names_the_nearest() -> None:
    """And the others that are shipped."""
    with pytest.raises(ConfigError, match="no mapping 'studdy'; did you mean 'study'"):
        read_mapping("studdy")


def test_one_name_cannot_stand_for_two_settings(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Results of different settings are never pooled in silence."""
    text = shipped_mappings()["study"].read_text(encoding="utf-8")
    name = '"spectral-nn{spectral_n_neighbors:g}"'
    mapping = tmp_path / "pooled.toml"
    mapping.write_text(text.replace(name, '"spectral"'), encoding="utf-8")
    rows = [row for row in study_runs(40) if "Spectral" in row["clusterer_name"]]
    rows[1]["spectral_n_neighbors"] = 50
    file = write_csv(rows, tmp_path / "runs.csv")
    with pytest.raises(DataError, match="other parameters than in line 2"):
        import_runs(warehouse, file, str(mapping))
