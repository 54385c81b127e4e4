"""Put the rows of a named query through its steps in Python.

The one place that does: whoever asks a query by name gets the columns of its header.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zsc_wh.analyses import STEPS
from zsc_wh.analyses.step import check_values
from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest
from zsc_wh.words import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse.limits import Limits
    from zsc_wh.warehouse.rows import Rows

_SQL_TYPES = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
}
"""DuckDB's names of the types that a step can give."""


def sql_values(query: Query, values: Mapping[str, object]) -> dict[str, object]:
    """Return the values that the SQL of a query takes, once those of steps are sound.

    Raises
    ------
    QueryError
        For a value that a step cannot use.
    """
    own = {name: values[name] for name in query.step_params}
    check_values(own, f"query {query.name}")
    return {name: value for name, value in values.items() if name not in own}


def sql_limits(query: Query, limits: Limits) -> Limits:
    """Return the limits of the SQL: a step needs all rows, its answer is cut."""
    return replace(limits, rows=None) if query.then else limits


def finish_rows(
    query: Query, values: Mapping[str, object], found: Rows, limits: Limits
) -> Rows:
    """Return the answer: the rows of the SQL with what the steps add.

    Parameters
    ----------
    query : Query
        The query.
    values : mapping of str to object
        A value for every parameter.
    found : Rows
        All rows of its SQL.
    limits : Limits
        How many rows to return.

    Raises
    ------
    QueryError
        When the SQL lacks a column that a step or the header wants.
    """
    if not query.then:
        return found
    turned = zip(*found.rows, strict=True) if found.rows else [()] * len(found.columns)
    columns = dict(zip(found.columns, turned, strict=True))
    types = dict(zip(found.columns, found.types, strict=True))
    added = _added(query, values, columns)
    names = _declared(query, [*columns, *added])
    types |= {name: _SQL_TYPES[kind] for name, kind in _gives(query).items()}
    every = {**columns, **added}
    rows = list(zip(*(every[name] for name in names), strict=True))
    return replace(
        found,
        columns=names,
        types=tuple(types[name] for name in names),
        rows=rows[: limits.rows],
        is_cut=limits.rows is not None and len(rows) > limits.rows,
    )


def finish_frame(
    query: Query, values: Mapping[str, object], found: pl.DataFrame
) -> pl.DataFrame:
    """Return the answer as a frame; as `finish_rows`."""
    if not query.then:
        return found
    import polars as pl

    from zsc_wh.frames import dtype_of

    columns = {series.name: series.to_list() for series in found.get_columns()}
    added = _added(query, values, columns)
    names = _declared(query, [*columns, *added])
    series = [
        pl.Series(name, added[name], dtype=dtype_of(_SQL_TYPES[kind].lower()))
        for name, kind in _gives(query).items()
    ]
    return found.with_columns(series).select(names)


def _gives(query: Query) -> dict[str, str]:
    """Return the types of the columns that the steps add."""
    given = (STEPS[name].gives for name in query.then)
    return {column: kind for gives in given for column, kind in gives.items()}


def _added(
    query: Query, values: Mapping[str, object], columns: Mapping[str, Sequence[Any]]
) -> dict[str, Sequence[Any]]:
    """Return the columns that the steps add."""
    added: dict[str, Sequence[Any]] = {}
    for name in query.then:
        step = STEPS[name]
        known = {**columns, **added}
        for column in step.takes:
            if column not in known:
                raise QueryError(
                    what=f"the step '{name}' needs a column '{column}'"
                    + nearest(column, known),
                    where=f"{query.path}:{query.line}",
                    hint=f"It holds {step.takes[column]}; let the statement yield it.",
                )
        taken = {column: known[column] for column in step.takes}
        try:
            added |= step.run(taken, {key: values[key] for key in step.params})
        except (TypeError, ValueError) as error:
            meant = "; ".join(f"{key}, {text}" for key, text in step.takes.items())
            raise QueryError(
                what=f"the step '{name}' cannot use the rows: {one_line(error)}",
                where=f"{query.path}:{query.line}",
                hint=f"It takes {meant}.",
            ) from error
    return added


def _declared(query: Query, found: list[str]) -> tuple[str, ...]:
    """Return the columns of the header, all of which must have been found."""
    names = tuple(column.name for column in query.columns)
    for name in names:
        if name not in found:
            raise QueryError(
                what=f"the statement yields no column '{name}'" + nearest(name, found),
                where=f"{query.path}:{query.line}",
                hint="The header must declare what the query answers.",
            )
    return names
