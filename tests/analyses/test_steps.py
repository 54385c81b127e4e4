"""All steps: each is used, and each is said to take and give what it does."""

from __future__ import annotations

from click.testing import CliRunner

from zsc_wh.analyses import STEPS
from zsc_wh.analyses.step import RANGES
from zsc_wh.cli import cli
from zsc_wh.sqlfiles import queries


def test_every_step_is_used() -> None:
    """A step that no query names is dead."""
    used = {name for query in queries().values() for name in query.then}
    assert used == {*STEPS}


def test_every_parameter_of_a_step_has_a_range() -> None:
    """And the default of every query lies in it."""
    assert {name for step in STEPS.values() for name in step.params} == {*RANGES}
    for query in queries().values():
        for param in query.params:
            if param.name in query.step_params:
                low, high = RANGES[param.name]
                assert isinstance(param.default, int | float)
                assert low <= param.default <= high, (query.name, param.name)


def test_a_query_is_shown_with_its_steps() -> None:
    """Behind its file: what each does, and what it adds; nothing where it has none."""
    shown = CliRunner().invoke(cli, ["queries", "rank_resolution"]).stdout
    *_, last = shown.splitlines()
    assert last.startswith("-- step resolution: whether two are told apart")
    assert last.endswith("; adds told_apart, n_datasets_needed")
    plain = CliRunner().invoke(cli, ["queries", "results"]).stdout
    assert "-- step" not in plain
