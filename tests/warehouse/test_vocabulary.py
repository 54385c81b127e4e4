"""What SQL must write out is what the package says."""

from __future__ import annotations

import re

from zsc_wh.records import CELL_NAMES, RUN_STATUSES
from zsc_wh.sqlfiles import macros, queries, tables
from zsc_wh.work import STAGES


def listed(sql: str, pattern: str) -> list[list[str]]:
    """Return the texts of every list that a pattern finds in SQL."""
    return [re.findall(r"'([^']*)'", found) for found in re.findall(pattern, sql)]


def test_the_status_of_a_run_is_checked_for() -> None:
    """All that there are, in their order, as the comment of the column says them."""
    sql = tables()["run"].sql
    assert listed(sql, r"check \(status in \((.*)\)\)") == [[*RUN_STATUSES]]
    (said,) = listed(sql, r"comment on column run.status is\s+('[^']*')")
    assert re.findall(r"\w+", said[0].replace(" or ", " ")) == [*RUN_STATUSES]


def test_coverage_counts_every_status() -> None:
    """A status of its own would be lost in the counts."""
    columns = [column.name for column in queries()["coverage"].columns]
    assert columns == [
        *("grid", "subject", "cells"),
        *RUN_STATUSES,
        *("missing", "closed"),
    ]


def test_stages_are_ranked_as_people_read_of_them() -> None:
    """Every stage has its place."""
    (names,) = listed(
        macros()["stage_rank"].sql, r"list_position\((\[[^\]]*\]), stage\)"
    )
    assert names == [*STAGES]


def test_queries_sort_kinds_as_people_read() -> None:
    """A list in SQL, whole or in part, is in the order of the package."""
    found = [
        names
        for query in queries().values()
        for names in listed(query.sql, r"list_position\((\[[^\]]*\]), kind\)")
    ]
    assert found
    for names in found:
        assert names == [name for name in CELL_NAMES if name in names]
