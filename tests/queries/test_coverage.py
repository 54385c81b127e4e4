from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import Made
from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

STATES = ("done", "not_converged", "degenerate", "failed", "oom", "timeout", "killed")


def made_grid() -> tuple[Made, dict[str, str]]:
    """Make a grid of nine seeds on one dataset, one in every state and one missing."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["a", "b"])
    made.reducer("none")
    made.clusterer("kmeans")
    states = (*STATES, "skipped", "missing")
    cells: dict[str, str] = {
        state: made.cell("e", "d", "none", "kmeans", seed=place)
        for place, state in enumerate(states)
    }
    for state, cell in cells.items():
        if state != "missing":
            made.run(cell, status=state)
    made.grid("old and new", list(cells.values())[:2], day=0)
    made.grid("old and new", cells.values(), day=1)
    made.grid("small", [cells["done"]])
    return made, cells


def counts(row: dict[str, Any]) -> dict[str, int]:
    """Return the counts of a row without its names."""
    return {name: value for name, value in row.items() if isinstance(value, int)}


def test_each_state_is_counted_once(ask_of: Callable[[Made], Ask]) -> None:
    """The newest declaration counts, and each cell of it in one state."""
    made, _ = made_grid()
    big, small = ask_of(made)("coverage")
    assert (big["grid"], big["subject"]) == ("old and new", "d")
    assert counts(big) == {
        **dict.fromkeys((*STATES, "skipped", "missing"), 1),
        "cells": 9,
        "closed": 3,
    }
    assert (small["grid"], small["cells"], small["done"]) == ("small", 1, 1)


def test_a_closing_run_wins_over_newer_ones(ask_of: Callable[[Made], Ask]) -> None:
    """The first closing run counts, whatever was tried before or after it."""
    made, cells = made_grid()
    made.run(cells["failed"], status="not_converged", shard=2)
    made.run(cells["failed"], status="done", shard=3)
    made.run(cells["failed"], status="killed", shard=4)
    row = ask_of(made)("coverage", grid="old and new")[0]
    assert (row["failed"], row["not_converged"], row["done"]) == (0, 2, 1)
    assert row["killed"] == 1


def test_the_newest_run_counts_where_none_closes(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Without a closing run the last loaded one says the state."""
    made, cells = made_grid()
    made.run(cells["failed"], status="oom", shard=3)
    made.run(cells["failed"], status="timeout", shard=2)
    row = ask_of(made)("coverage", grid="old and new")[0]
    assert (row["failed"], row["oom"], row["timeout"]) == (0, 2, 1)


@pytest.mark.parametrize(
    ("by", "subject"),
    [("dataset", "d"), ("encoder", "e"), ("reducer", "none"), ("clusterer", "kmeans")],
)
def test_cells_are_counted_by(
    ask_of: Callable[[Made], Ask], by: str, subject: str
) -> None:
    """The subject is what the cells are counted by."""
    made, _ = made_grid()
    rows = ask_of(made)("coverage", by=by)
    assert {row["subject"] for row in rows} == {subject}


def test_an_unknown_subject_is_refused(ask_of: Callable[[Made], Ask]) -> None:
    """A misspelt `by` is an error."""
    made, _ = made_grid()
    ask = ask_of(made)
    with pytest.raises(QueryError, match="'by' cannot be"):
        ask("coverage", by="size")


@pytest.mark.parametrize("name", ["dataset", "encoder", "reducer", "clusterer"])
def test_filters_leave_nothing_of_another_name(
    ask_of: Callable[[Made], Ask], name: str
) -> None:
    """A filter for a name that is not there leaves no row."""
    made, _ = made_grid()
    assert ask_of(made)("coverage", **{name: "x"}) == []


def test_failures_names_what_no_run_closed(ask_of: Callable[[Made], Ask]) -> None:
    """One row per tried cell without result, with reason and attempts of it."""
    made, cells = made_grid()
    made.run(cells["failed"], status="oom", shard=2, reason="9 GB, limit 8 GB")
    made.run(cells["killed"], status="done", shard=2)
    rows = {row["cell_key"]: row for row in ask_of(made)("failures")}
    assert rows.keys() == {
        cells[state] for state in ("failed", "oom", "timeout", "skipped")
    }
    retried = rows[cells["failed"]]
    assert (retried["status"], retried["reason"], retried["attempts"]) == (
        "oom",
        "9 GB, limit 8 GB",
        2,
    )


@pytest.mark.parametrize(
    ("params", "n"),
    [
        ({}, 5),
        ({"status": "oom"}, 1),
        ({"seed": 4}, 1),
        ({"grid": "small"}, 0),
        ({"grid": "old and new"}, 5),
        ({"encoder": "x"}, 0),
        ({"dataset": "x"}, 0),
        ({"reducer": "x"}, 0),
        ({"clusterer": "x"}, 0),
    ],
)
def test_failures_can_be_filtered(
    ask_of: Callable[[Made], Ask], params: dict[str, object], n: int
) -> None:
    """Each filter of the failures leaves the rows that it names."""
    made, _ = made_grid()
    assert len(ask_of(made)("failures", **params)) == n


@pytest.mark.parametrize(
    ("grid", "want"),
    [(None, (2, 9, 3, 5, 1)), ("small", (1, 1, 1, 0, 0)), ("none such", (0,) * 5)],
)
def test_overview_counts_cells(
    ask_of: Callable[[Made], Ask], grid: str | None, want: tuple[int, ...]
) -> None:
    """Closed, failed and missing cells add up to those declared, in one grid or all."""
    made, _ = made_grid()
    (row,) = ask_of(made)("overview", grid=grid)
    columns = ("n_grids", "n_cells", "n_closed", "n_failed", "n_missing")
    assert tuple(row[column] for column in columns) == want
