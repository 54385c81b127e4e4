from __future__ import annotations

from importlib import metadata

import pytest

from tests.upkeep.doctor.found import the_one
from zsc_wh.installed import install_command
from zsc_wh.upkeep.doctor import State, packages


def _versions(monkeypatch: pytest.MonkeyPatch, name: str, version: str | None) -> None:
    """Pretend that a package has this version, or is not there."""
    known = metadata.version

    def say(asked: str) -> str:
        if asked == name and version is None:
            raise metadata.PackageNotFoundError
        return version if asked == name and version else known(asked)

    monkeypatch.setattr(metadata, "version", say)


def test_every_requirement_is_looked_at() -> None:
    """Each package of the core and of the users' extras is a line, once an extra."""
    found = list(packages.look())
    named = {(finding.area, finding.what) for finding in found}
    assert {
        ("core", "duckdb"),
        ("extra ingest", "torch"),
        ("extra report", "altair"),
    } < (named)
    assert not [area for area, _ in named if area in ("extra dev", "extra all")]
    assert len(found) == len(named)
    assert the_one(found, "duckdb").detail.startswith(metadata.version("duckdb"))


@pytest.mark.parametrize(
    ("name", "version", "state", "hint"),
    [
        ("altair", None, State.NOTE, install_command("report")),
        ("altair", "1.0", State.PROBLEM, f"{install_command('report')} --upgrade"),
        ("polars", None, State.PROBLEM, install_command()),
        ("duckdb", "3.0.0", State.PROBLEM, f"{install_command()} --upgrade"),
        ("duckdb", "1.5.5", State.OK, None),
    ],
)
def test_a_package_is_judged_by_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    version: str | None,
    state: State,
    hint: str | None,
) -> None:
    """A missing extra is a note; a missing core or a wrong version is a problem."""
    _versions(monkeypatch, name, version)
    finding = the_one(packages.look(), name)
    assert (finding.state, finding.hint) == (state, hint)


def test_a_package_that_is_not_installed_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its metadata nothing is known of its requirements."""
    monkeypatch.setattr(packages, "DISTRIBUTION", "no-such-distribution")
    (finding,) = packages.look()
    assert finding.state is State.NOTE
