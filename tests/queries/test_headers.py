"""What the headers of all queries declare is what DuckDB says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.queries.conftest import answered
from tests.queries.made import Made, key
from zsc_wh.declare.images import ENCODER
from zsc_wh.errors import QueryError
from zsc_wh.scores import INTERNAL
from zsc_wh.sqlfiles import queries
from zsc_wh.sqlparams import NAMED
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.conftest import Ask
    from zsc_wh.sqlparams import Parameter
    from zsc_wh.warehouse import Rows

NAMES = sorted(queries())
TYPES = {
    "text": "VARCHAR",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}
HOSTILE = "a'; drop table run; --"


@pytest.fixture
def empty(blank: Path) -> Warehouse:
    """Return a warehouse that was created and never filled."""
    return Warehouse(blank)


def statement(warehouse: Warehouse, name: str) -> Rows:
    """Run the statement of a query, with some value where one must be given."""
    query = queries()[name]
    given = {param.name: "0" for param in query.params if param.required}
    return answered(warehouse, query, given)


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_declared(empty: Warehouse, name: str) -> None:
    """Names and types of the columns are those of the header, also without rows."""
    rows = statement(empty, name)
    declared = [(column.name, TYPES[column.type]) for column in queries()[name].columns]
    assert list(zip(rows.columns, rows.types, strict=True)) == declared


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_declared(name: str) -> None:
    """DuckDB finds those of the statement in it, no more and no fewer."""
    query = queries()[name]
    (statement,) = duckdb.connect().extract_statements(query.sql)
    declared = {param.name for param in query.params}
    assert statement.named_parameters == declared - query.step_params


@pytest.mark.parametrize("name", [name for name in NAMES if name != "overview"])
def test_an_empty_warehouse_has_no_rows(empty: Warehouse, name: str) -> None:
    """Every query runs on an empty warehouse and finds nothing."""
    assert statement(empty, name).rows == []


@pytest.mark.parametrize("name", NAMES)
def test_no_star_and_an_order(name: str) -> None:
    """The last select names its columns, and the order is explicit."""
    last = queries()[name].sql.rpartition("\nselect\n")[2]
    assert "*" not in last
    assert "\norder by" in last


PARAMS = [(query.name, param) for query in queries().values() for param in query.params]
TAKES_NAMES = {
    (param.names, param.type): (name, param) for name, param in PARAMS if param.names
}
"""One query and parameter for each kind of names, alone and in lists."""


def test_a_parameter_means_the_same_kind_of_names_everywhere() -> None:
    """What is held to names in one query is so in all but the one that finds cells."""
    kinds: dict[str, set[str]] = {}
    for name, param in PARAMS:
        if name != "find_cell":
            kinds.setdefault(param.name, set()).add(param.names)
    assert [name for name, found in kinds.items() if len(found) > 1] == []
    assert kinds["encoders"] == {"encoder"}


@pytest.mark.parametrize(("name", "param"), TAKES_NAMES.values(), ids=str)
def test_a_name_that_is_not_there_is_refused(
    empty: Warehouse, name: str, param: Parameter
) -> None:
    """Never without rows: a name is a value, also where it looks like SQL."""
    unknown = HOSTILE if param.type.startswith("text") else "7"
    given = {
        **{other.name: "0" for other in queries()[name].params if other.required},
        param.name: [unknown] if param.type.endswith("[]") else unknown,
    }
    with pytest.raises(QueryError, match=re.escape(f"'{unknown}'")):
        empty.run_query(name, given)
    assert empty.run_query("results").rows == []


@pytest.mark.parametrize(
    ("name", "param"),
    [
        ("silhouette_points", "space"),
        ("probes", "method"),
        ("failures", "status"),
        ("knn_vs_ami", "families"),
        ("coverage", "by"),
    ],
)
def test_a_value_that_is_no_choice_is_refused(
    empty: Warehouse, name: str, param: str
) -> None:
    """The message lists those that are."""
    declared = {param.name: param for param in queries()[name].params}[param]
    with pytest.raises(QueryError, match=", ".join(declared.choices)):
        empty.run_query(name, {param: f"{declared.choices[0]}s"})
    assert empty.run_query(name, {param: declared.choices[-1]}).rows == []


def test_families_are_those_that_can_be_declared() -> None:
    """Headers list what a declaration of an encoder takes."""
    listed = {
        param.choices
        for query in queries().values()
        for param in query.params
        if param.name in ("family", "families")
    }
    assert listed == {ENCODER["family"].choices}


def test_metrics_are_those_that_labels_alone_can_have() -> None:
    """The header lists the metrics that need no clustering."""
    declared = {param.name: param for param in queries()["array_scores"].params}
    assert {*declared["metric"].choices} == {*INTERNAL}


def test_every_kind_of_name_is_known_by_the_warehouse(
    ask_of: Callable[[Made], Ask], tmp_path: Path
) -> None:
    """The view says what can be asked for, and a query takes it; so does its help."""
    made = Made()
    made.encoder("made", "ssl", backbone="vit")
    made.dataset("d", ["x", "y"], group="far", day=0)
    made.dataset("d", ["x", "y", "y"], group="far", day=1)
    made.reducer("none")
    made.clusterer("kmeans")
    made.grid("mine", [made.cell("made", "d", "none", "kmeans")])
    ask_of(made)
    warehouse = Warehouse(tmp_path / "made.duckdb")
    with pytest.raises(QueryError, match="no encoder 'mad'; did you mean 'made'"):
        warehouse.run_query("results", {"encoder": "mad"})
    # declared, and without a result so far
    for name in ("d", "d@1"):
        assert warehouse.run_query("results", {"dataset": name}).rows == []
    assert warehouse.run_query("results", {"grid": "mine", "seed": 1}).rows == []
    rows = warehouse.read("select kind, name from known_name").rows
    assert {kind for kind, _ in rows} <= {*NAMED}
    assert {("backbone", "vit"), ("seed", "1"), ("level", "class")} <= {*rows}
    assert ("dataset", "d@1") in rows


NAMING: dict[str, dict[str, Any]] = {
    # one run is not left out for want of a second seed
    "within_noise": {"min_seeds": 1},
    "agreement": {"of": "encoder"},
    "dataset_variants": {"variants": [HOSTILE]},
}
"""Parameters with which a query has rows for one dataset, reducer and clusterer."""


# which shows names that were published alone
@pytest.mark.parametrize("name", [n for n in NAMES if n != "published_numbers"])
def test_hostile_names_come_back_as_they_are(
    ask_of: Callable[[Made], Ask], name: str
) -> None:
    """Names that look like SQL or HTML are data: they come out unchanged."""
    made = Made()
    made.encoder(HOSTILE, "supervised")
    made.encoder("other")
    made.dataset(HOSTILE, ["<b>", "</script>"], group=HOSTILE, ignored=[HOSTILE])
    for reducer in (HOSTILE, "none"):
        made.reducer(reducer)
    made.clusterer(HOSTILE, k_source="estimated")
    made.clusterer("ward")
    parts = json.dumps({"kind": "concat", "parts": [key("encoder", "other")]})
    made.rows["encoder"][HOSTILE]["loader"] = parts
    cells = [
        made.cell(encoder, HOSTILE, reducer, clusterer)
        for reducer in (HOSTILE, "none")
        for encoder in (HOSTILE, "other")
        for clusterer in (HOSTILE, "ward")
    ]
    made.grid(HOSTILE, cells)
    embedding = made.embedding(HOSTILE, HOSTILE, host=HOSTILE)
    made.task("embed", embedding, 1.0)
    subject = f"{HOSTILE} / {HOSTILE} / knn"
    made.task("probe", embedding, None, status="failed", subject=subject)
    made.projection(HOSTILE, HOSTILE, [(0, 0), (1, 1)], reducer=HOSTILE)
    made.array_score(embedding, "silhouette", 0.5)
    made.probe(HOSTILE, HOSTILE, HOSTILE, {"accuracy": 0.5}, k=20)
    made.unreadable(HOSTILE, HOSTILE, {1: HOSTILE})
    scores = {"ami": 0.5, "silhouette_umap": 0.5}
    runs = [made.run(cell, scores, labels=[0, 1]) for cell in cells]
    made.rows["run"][runs[0]]["versions"] = json.dumps({"numpy": HOSTILE})
    failed = made.cell(HOSTILE, HOSTILE, HOSTILE, HOSTILE, seed=2)
    made.run(failed, status="failed", reason=HOSTILE)
    made.cell(HOSTILE, HOSTILE, HOSTILE, HOSTILE, seed=3)
    params: dict[str, Any] = {
        param.name: cells[0] for param in queries()[name].params if param.required
    }
    params |= NAMING.get(name, {})
    rows = ask_of(made)(name, **params)
    text = "|".join(str(value) for row in rows for value in row.values())
    of_cells = ("assignments", "cluster_classes", "projection")
    wanted = dict.fromkeys(of_cells, "</script>")
    # these count, and name nothing of the user's
    counted = {"overview": "6", "versions": "python"}
    assert wanted.get(name, counted.get(name, HOSTILE)) in text
