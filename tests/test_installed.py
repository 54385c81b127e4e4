"""The command that adds an extra names where this copy came from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from zsc_wh import installed
from zsc_wh.installed import install_command

if TYPE_CHECKING:
    from pathlib import Path


def test_a_checkout_is_installed_from_its_folder() -> None:
    """As the README does."""
    assert install_command("ingest") == f'pip install -e "{installed._ROOT}[ingest]"'


@pytest.mark.parametrize(
    ("noted", "command"),
    [
        (None, 'pip install "zscwh[report]"'),
        (
            {"url": "file:///tmp/zscwh-1.whl", "archive_info": {}},
            'pip install "zscwh[report] @ file:///tmp/zscwh-1.whl"',
        ),
        (
            {"url": "https://example.org/z.git", "vcs_info": {"vcs": "git"}},
            'pip install "zscwh[report] @ git+https://example.org/z.git"',
        ),
    ],
)
def test_elsewhere_it_is_what_pip_noted(
    noted: object, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel is on no index, and so is named by its file."""

    class Found:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return None if noted is None else json.dumps(noted)

    monkeypatch.setattr(installed, "_ROOT", tmp_path)
    monkeypatch.setattr(installed, "distribution", lambda _name: Found())
    assert install_command("report") == command
