"""Fixtures of datasets whose digests are kept."""

from __future__ import annotations

import time

import pytest

from tests.datasets.kept import HOUR_NS, set_clock
from tests.datasets.made import recording
from zsc_wh.datasets.places import Place


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that tells which files are read for their digests."""
    names: list[str] = []
    monkeypatch.setattr(Place, "digest", recording(Place.digest, names))
    return names


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every file as if it were an hour old."""
    set_clock(monkeypatch, lambda: time.time_ns() + HOUR_NS)
