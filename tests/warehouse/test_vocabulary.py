"""What SQL must write out is what the package says."""

from __future__ import annotations

import re

import pytest

from zsc_wh.records import CELL_NAMES, RUN_STATUSES
from zsc_wh.sqlfiles import queries, tables
from zsc_wh.work import STAGES


def listed(sql: str, pattern: str) -> list[list[str]]:
    """Return the texts of every list that a pattern finds in SQL."""
    return [re.findall(r"'([^']*)'", found) for found in re.findall(pattern, sql)]


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [("run", "status", RUN_STATUSES), ("task", "stage", STAGES)],
)
def test_a_table_checks_for_the_values_there_are(
    table: str, column: str, values: tuple[str, ...]
) -> None:
    """In their order, as the comment of the column says them."""
    sql = tables()[table].sql
    assert listed(sql, rf"check \({column} in \((.*)\)\)") == [[*values]]
    (said,) = listed(sql, rf"comment on column {table}.{column} is\s+('[^']*')")
    assert re.findall(r"\w+", said[0].replace(" or ", " "))[-len(values) :] == [*values]


def test_coverage_counts_every_status() -> None:
    """A status of its own would be lost in the counts."""
    columns = [column.name for column in queries()["coverage"].columns]
    assert columns == [
        *("grid", "subject", "cells"),
        *RUN_STATUSES,
        *("missing", "closed"),
    ]


@pytest.mark.parametrize(("column", "order"), [("stage", STAGES), ("kind", CELL_NAMES)])
def test_queries_sort_as_people_read(column: str, order: tuple[str, ...]) -> None:
    """A list in SQL, whole or in part, is in the order of the package."""
    found = [
        names
        for query in queries().values()
        for names in listed(query.sql, rf"list_position\((\[[^\]]*\]), {column}\)")
    ]
    assert found
    for names in found:
        assert names == [name for name in order if name in names]
