"""Python and the packages that this distribution asks for."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from zsc_wh.installed import install_command
from zsc_wh.upkeep.doctor.finding import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.requirements import Requirement

DISTRIBUTION = "zscwh"
NOT_FOR_USERS = ("all", "dev", "test")
"""Extras that only gather others, or serve work on the package itself."""


def look() -> Iterator[Finding]:
    """Yield Python, this distribution, and each package of the core and the extras."""
    try:
        about = metadata.metadata(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        yield Finding(
            "python",
            DISTRIBUTION,
            State.NOTE,
            "runs from a folder and is not installed, so nothing says what it needs",
            "Install it with pip.",
        )
        return
    yield _python(about["Requires-Python"])
    yield Finding("python", DISTRIBUTION, State.OK, about["Version"])
    for requirement in _requirements(None):
        yield _package("core", requirement, install_command())
    for extra in sorted({*(about.get_all("Provides-Extra") or ())} - {*NOT_FOR_USERS}):
        for requirement in _requirements(extra):
            yield _package(f"extra {extra}", requirement, install_command(extra))


def _python(needed: str) -> Finding:
    from packaging.specifiers import SpecifierSet

    version = platform.python_version()
    fits = SpecifierSet(needed).contains(version, prereleases=True)
    return Finding(
        "python",
        "python",
        State.OK if fits else State.PROBLEM,
        f"{version} at {sys.executable} (needs {needed})",
        None if fits else f"Use a Python {needed}.",
    )


def _requirements(extra: str | None) -> Iterator[Requirement]:
    """Yield what an extra adds to the core; None is the core."""
    from packaging.requirements import Requirement

    for text in metadata.requires(DISTRIBUTION) or ():
        requirement = Requirement(text)
        in_core = _applies(requirement, "")
        if extra is None:
            wanted = in_core
        else:
            wanted = not in_core and _applies(requirement, extra)
        if wanted and requirement.name != DISTRIBUTION:
            yield requirement


def _applies(requirement: Requirement, extra: str) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({"extra": extra})


def _package(area: str, requirement: Requirement, install: str) -> Finding:
    name, needed = requirement.name, str(requirement.specifier)
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        state = State.PROBLEM if area == "core" else State.NOTE
        return Finding(area, name, state, f"missing (needs {needed})", install)
    if requirement.specifier.contains(version, prereleases=True):
        return Finding(area, name, State.OK, f"{version} (needs {needed})")
    detail = f"{version} does not fit (needs {needed})"
    return Finding(area, name, State.PROBLEM, detail, f"{install} --upgrade")
