"""What the headers of all queries declare is what DuckDB says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.queries.made import Made
from zsc_wh.sqlfiles import queries
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.conftest import Ask

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


def required(name: str) -> dict[str, Any]:
    """Return some value for each parameter that must be given."""
    return {param.name: "0" for param in queries()[name].params if param.required}


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_declared(empty: Warehouse, name: str) -> None:
    """Names and types of the columns are those of the header, also without rows."""
    rows = empty.run_query(name, required(name))
    declared = [(column.name, TYPES[column.type]) for column in queries()[name].columns]
    assert list(zip(rows.columns, rows.types, strict=True)) == declared


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_declared(name: str) -> None:
    """DuckDB finds the declared parameters in the statement, no more and no fewer."""
    query = queries()[name]
    (statement,) = duckdb.connect().extract_statements(query.sql)
    assert statement.named_parameters == {param.name for param in query.params}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "overview"])
def test_an_empty_warehouse_has_no_rows(empty: Warehouse, name: str) -> None:
    """Every query runs on an empty warehouse and finds nothing."""
    assert empty.run_query(name, required(name)).rows == []


@pytest.mark.parametrize("name", NAMES)
def test_no_star_and_an_order(name: str) -> None:
    """The last select names its columns, and the order is explicit."""
    last = queries()[name].sql.rpartition("\nselect\n")[2]
    assert "*" not in last
    assert "\norder by" in last


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_value_is_only_a_value(empty: Warehouse, name: str) -> None:
    """A parameter that looks like SQL finds nothing and breaks nothing."""
    params = {
        param.name: [HOSTILE] if param.type == "text[]" else HOSTILE
        for param in queries()[name].params
        if param.type in ("text", "text[]")
        and param.name not in ("block", "by", "fine_tuned", "metric")
    }
    rows = empty.run_query(name, params).rows
    assert rows == [] or name == "overview"
    assert empty.run_query("results").rows == []


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_come_back_as_they_are(
    ask_of: Callable[[Made], Ask], name: str
) -> None:
    """Names that look like SQL or HTML are data: they come out unchanged."""
    made = Made()
    made.encoder(HOSTILE, "supervised")
    made.encoder("other")
    made.dataset(HOSTILE, ["<b>", "</script>"], group=HOSTILE, ignored=[HOSTILE])
    made.reducer(HOSTILE)
    made.clusterer(HOSTILE)
    cells = [
        made.cell(encoder, HOSTILE, HOSTILE, HOSTILE) for encoder in (HOSTILE, "other")
    ]
    made.grid(HOSTILE, cells)
    embedding = made.embedding(HOSTILE, HOSTILE, host=HOSTILE)
    made.task("embed", embedding, 1.0)
    made.task("probe", embedding, None, status="failed", subject=HOSTILE)
    made.projection(HOSTILE, HOSTILE, [(0, 0), (1, 1)], reducer=HOSTILE)
    made.array_score(embedding, "silhouette", 0.5)
    made.probe(HOSTILE, HOSTILE, HOSTILE, {"accuracy": 0.5}, k=20)
    made.unreadable(HOSTILE, HOSTILE, {1: HOSTILE})
    scores = {"ami": 0.5, "silhouette_umap": 0.5}
    for cell in cells:
        made.run(cell, scores, labels=[0, 1])
    failed = made.cell(HOSTILE, HOSTILE, HOSTILE, HOSTILE, seed=2)
    made.run(failed, status="failed", reason=HOSTILE)
    made.cell(HOSTILE, HOSTILE, HOSTILE, HOSTILE, seed=3)
    params: dict[str, Any] = {
        param.name: cells[0] for param in queries()[name].params if param.required
    }
    # one run is not left out for want of a second seed
    params |= {"min_seeds": 1} if name == "within_noise" else {}
    rows = ask_of(made)(name, **params)
    text = "|".join(str(value) for row in rows for value in row.values())
    wanted = {"assignments": "</script>", "projection": "</script>"}
    # these count, and name nothing of the user's
    counted = {"overview": "4", "versions": "python"}
    assert wanted.get(name, counted.get(name, HOSTILE)) in text
