"""Fixtures of the query tests: a way to ask a made-up warehouse."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import pytest

from tests.queries import tensors
from tests.queries.study import Study, make_study
from zsc_wh.sqlfiles import macros, queries
from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.limits import NO_LIMITS
from zsc_wh.warehouse.macros import make_macros
from zsc_wh.warehouse.params import bind
from zsc_wh.warehouse.steps import finish_rows, sql_values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.made import Made
    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse import Rows


class Ask(Protocol):
    """Run a named query and return its rows as dictionaries."""

    def __call__(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        """Run the query `name`."""


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty warehouse file, to be copied and never written to."""
    path = tmp_path_factory.mktemp("blank") / "blank.duckdb"
    Warehouse(path).create()
    return path


def stored(made: Made, blank: Path, path: Path) -> Warehouse:
    """Write the rows into a copy of the empty warehouse.

    Without the audits of the loader: a test of a query needs no row that it does not
    read.
    """
    shutil.copy(blank, path)
    with duckdb.connect(path) as connection:
        connection.begin()
        made.fill(connection)
        connection.commit()
    return Warehouse(path)


def answered(warehouse: Warehouse, query: Query, params: dict[str, Any]) -> Rows:
    """Return what a query answers, its steps included, whatever names it is given."""
    values = bind(query, params)
    found = warehouse.read(query.sql, sql_values(query, values))
    return finish_rows(query, values, found, NO_LIMITS)


def asking(warehouse: Warehouse) -> Ask:
    """Return a function that asks this warehouse.

    It runs the statement alone, so that a name which the warehouse does not have shows
    what a filter leaves.
    """

    def ask(name: str, /, **params: Any) -> list[dict[str, Any]]:
        rows = answered(warehouse, queries()[name], params)
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]

    return ask


def asking_frozen(warehouse: Warehouse) -> Ask:
    """Return a function that asks for analyses of this warehouse as it is now.

    The view that they read is worked out once: planning it is most of what they take.
    """
    con = duckdb.connect(warehouse.path, read_only=True)
    con.execute("create temp table compared_cell as from compared_cell")
    make_macros(con, " ".join(macros()))
    return lambda name, /, **params: tensors.answered(con, name, params)


@pytest.fixture
def ask_of(blank: Path, tmp_path: Path) -> Callable[[Made], Ask]:
    """Return a function that stores rows and returns a way to ask them."""
    return lambda made: asking(stored(made, blank, tmp_path / "made.duckdb"))


@pytest.fixture(scope="session")
def study() -> Study:
    """Return the made-up study with its known scores."""
    return make_study()


@pytest.fixture(scope="session")
def ask_study(
    study: Study, blank: Path, tmp_path_factory: pytest.TempPathFactory
) -> Ask:
    """Return a way to ask the made-up study."""
    folder = tmp_path_factory.mktemp("study")
    return asking(stored(study.made, blank, folder / "study.duckdb"))


@pytest.fixture(scope="session")
def in_memory(blank: Path) -> tensors.Rows:
    """Return a warehouse in memory that takes the rows of an analysis."""
    return tensors.Rows(blank)
