"""Tasks whose newest execution did not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import START, Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def made() -> Made:
    """Make three tasks: one that was mended, one that was not, one that was sound."""
    made = Made()
    names = ("mended", "broken", "sound", "lost")
    for name in names:
        made.encoder(name)
    made.dataset("d")
    made.reducer("none")
    made.clusterer("kmeans")
    made.grid("mine", [made.cell(name, "d", "none", "kmeans") for name in names])
    for stage, subject, status, minute in (
        ("probe", "mended", "failed", 1),
        ("probe", "mended", "done", 2),
        ("probe", "broken", "done", 1),
        ("probe", "broken", "oom", 2),
        ("embed", "sound", "done", 1),
        ("embed", "lost", "killed", 1),
    ):
        made.task(stage, "key", 1.0, status=status, subject=f"{subject} / d")
        task = list(made.rows["task"].values())[-1]
        task["started_at"] = START.replace(minute=minute)
    return made


def test_only_the_newest_execution_counts(
    made: Made, ask_of: Callable[[Made], Ask]
) -> None:
    """What failed and was done later is not listed, what failed at last is."""
    rows = ask_of(made)("failed_tasks")
    shown = [(row["subject"], row["status"], row["n_tries"]) for row in rows]
    assert shown == [("broken / d", "oom", 2), ("lost / d", "killed", 1)]


def test_a_stage_can_be_chosen(made: Made, ask_of: Callable[[Made], Ask]) -> None:
    """The parameter leaves the tasks of one stage."""
    rows = ask_of(made)("failed_tasks", stage="embed")
    assert [row["subject"] for row in rows] == ["lost / d"]
