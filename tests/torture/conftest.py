"""Fixtures of the torture suite, and the table that a whole run of it writes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.machine import describe
from tests.engine.conftest import make_grid, zscwh_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["make_grid", "zscwh_process"]

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- results -->\n", "<!-- end -->\n"

_ROWS: dict[str, str] = {}


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Iterator[Callable[[str], None]]:
    """Return a function that takes the outcome of a test for the table.

    The fault is named by the docstring of the test.
    """
    began = time.monotonic()
    said: list[str] = []
    yield said.append
    if said:
        fault = (request.function.__doc__ or "").splitlines()[0].rstrip(".")
        seconds = time.monotonic() - began
        _ROWS[request.node.name] = f"| {fault} | {said[0]} | {seconds:.0f} s |"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave the suite out unless `-m` asks for it by name.

    An expression on the command line takes the place of the one in pyproject.toml, so
    that one which leaves out something else would let half an hour of faults in.
    """
    if "torture" in config.option.markexpr:
        return
    left_out = [item for item in items if "torture" in item.keywords]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the table where every test of the suite passed in this run."""
    if exitstatus or session.testsfailed or not _ROWS:
        return
    from tests.torture import test_torture

    # those that -k leaves out count too: a part is no whole run
    suite = {name for name in vars(test_torture) if name.startswith("test_")}
    if suite != _ROWS.keys():
        return
    head, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    lines = [
        f"{time.strftime('%Y-%m-%d')}; {describe()}.",
        "",
        "| fault | outcome | took |",
        "|---|---|---|",
        *_ROWS.values(),
    ]
    table = "\n".join(lines)
    README.write_text(f"{head}{BEGIN}\n{table}\n\n{END}{tail}", encoding="utf-8")
