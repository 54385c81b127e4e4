"""What a command asks for is what its extra installs."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from zsc_wh import extras

PROJECT = tomllib.loads(
    (Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8")
)["project"]


def named(requirements: list[str]) -> set[str]:
    """Return the names of distributions, in their normal spelling."""
    names = (re.match(r"[\w.-]+", text) for text in requirements)
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}


@pytest.mark.parametrize(
    ("extra", "modules"), [("ingest", extras._INGEST), ("report", extras._REPORT)]
)
def test_modules_are_of_their_extra(extra: str, modules: tuple[str, ...]) -> None:
    """Each is installed by the extra that the message names."""
    offered = named(PROJECT["optional-dependencies"][extra])
    installed_by = packages_distributions()
    assert modules
    for module in modules:
        assert named(installed_by[module]) & offered, module
