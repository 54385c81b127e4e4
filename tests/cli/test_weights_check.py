"""`catalog encoders --check` says where weights are, and how to get the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from zsc_wh.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OWN = """
[encoder.mine]
loader = { kind = "torchvision", name = "resnet18", path = "mine.pth" }
image_size = 224
"""


def check(*options: str) -> dict[str, dict[str, Any]]:
    """Return the rows by encoder."""
    done = CliRunner().invoke(
        cli, ["catalog", "encoders", "--check", "-f", "json", *options]
    )
    assert done.exit_code == 0, done.output
    return {row["encoder"]: row for row in json.loads(done.stdout)}


def refuse(*_: object, **__: object) -> None:
    """Stand for a network that must not be used."""
    message = "a connection was opened"
    raise AssertionError(message)


def test_what_is_here_and_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every state, with size, place, address and what to do; no server is asked."""
    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("ZSCWH_WEIGHTS", str(tmp_path))
    (tmp_path / "vicreg_resnet50.pth").write_bytes(b"1234567")
    (tmp_path / "ft_dino_resnet50.pth").write_bytes(b"12345")
    (tmp_path / "own.toml").write_text(OWN)
    rows = check("--catalog", str(tmp_path / "own.toml"))

    assert rows["pixels"]["weights"] == "none needed"
    here = rows["vicreg_resnet50"]
    assert (here["weights"], here["bytes"]) == ("here", 7)
    assert here["place"] == str(tmp_path / "vicreg_resnet50.pth")
    assert rows["ft_dino_resnet50"]["weights"] == "here"

    download = rows["mocov3_resnet50"]
    assert download["weights"] == "to download"
    assert download["bytes"] > 80 * 2**20
    assert download["place"].startswith(str(tmp_path / "torch"))
    assert download["url"].endswith("r-50-1000ep.pth.tar")
    assert download["licence"] == "CC-BY-NC-4.0"
    assert "mocov3_resnet50.pth" in download["hint"]

    private = rows["ft_mocov3_resnet50"]
    assert (private["weights"], private["place"]) == ("missing", None)
    assert "[weights] ft_mocov3_resnet50" in private["hint"]
    own = rows["mine"]
    assert (own["weights"], own["place"]) == ("missing", str(tmp_path / "mine.pth"))
    assert "is not there" in own["hint"]


def test_names_and_tags_choose_what_is_checked() -> None:
    """In the order given; nothing else is looked at."""
    assert list(check("@random", "pixels")) == [
        *(name for name in check("@random")),
        "pixels",
    ]
    done = CliRunner().invoke(cli, ["catalog", "encoders", "pixles"])
    assert done.exit_code != 0
    assert "did you mean 'pixels'" in str(done.exception or done.output)
    done = CliRunner().invoke(cli, ["catalog", "reducers", "none", "-f", "json"])
    assert [row["name"] for row in json.loads(done.stdout)] == ["none"]


def test_what_is_checked_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it takes a while, on standard error."""
    monkeypatch.setattr("zsc_wh.cli.progress.PLAIN_EVERY_S", -1.0)
    done = CliRunner().invoke(cli, ["catalog", "encoders", "pixels", "--check"])
    assert "checking pixels: 0 of 1 are done" in done.stderr
    assert "checking" not in done.stdout


def test_it_goes_with_encoders_alone() -> None:
    """Reducers need no files."""
    done = CliRunner().invoke(cli, ["catalog", "reducers", "--check"])
    assert done.exit_code == 2
    assert "--check goes with encoders" in done.stderr
