"""Code of a repository for torch.hub, which builds networks and loads their weights."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tests.encoders.made import embed_made, loader, samples
from zsc_wh.datasets import Digests
from zsc_wh.encoders import Transform, pinned, weights_status
from zsc_wh.encoders.torch_hub import build, check, code, tree_sha256
from zsc_wh.errors import ComputeError, ConfigError, DataError
from zsc_wh.preprocessing import prepare

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "fedcba98" * 5
HUBCONF = '''
dependencies = ["torch"]

import torch
from models import Tiny


def tiny(scale=1.0, several=False):
    """Return a network of which the weights are numbers in order."""
    print("building")
    network = Tiny(several)
    with torch.no_grad():
        network.weight.copy_(torch.arange(12.0).reshape(3, 4) * scale)
    return network


def number():
    return 5


def fetched():
    torch.hub.load_state_dict_from_url("https://example.org/weights.pth")
'''
MODELS = """
import torch


class Tiny(torch.nn.Module):
    def __init__(self, several):
        super().__init__()
        self.several = several
        self.weight = torch.nn.Parameter(torch.zeros(3, 4))

    def forward(self, x):
        features = x.mean((2, 3)) @ self.weight
        return (x, features) if self.several else features
"""
TINY = "bffc6068116ebd6c3994efe79ee3e05f032a9a6fb24d55028dcac016310c9d0c"
"""sha256 of the weights of the network above."""


def checkout(folder: Path) -> Path:
    """Write a repository with code of two modules."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hubconf.py").write_text(HUBCONF, "utf-8")
    (folder / "models.py").write_text(MODELS, "utf-8")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give torch.hub an empty cache of the test's own."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    return tmp_path / "torch"


def local(**given: Any) -> dict[str, Any]:
    return loader(
        "torch-hub", **{"path": "hub", "entry": "tiny", "sha256": TINY, **given}
    )


def remote(**given: Any) -> dict[str, Any]:
    return local(path=None, repo="mine/tiny", commit=COMMIT, **given)


@pytest.mark.parametrize("where", ["folder", "cache"])
def test_features_are_those_of_the_network(where: str, cache: Path) -> None:
    """Built by the code in a folder, or as torch.hub keeps it; nothing is fetched."""
    base = cache.parent
    checkout(base / "hub" if where == "folder" else cache / f"mine_tiny_{COMMIT}")
    declared = local() if where == "folder" else remote()
    wanted = samples(3)
    assert wanted.images is not None
    result = embed_made(declared, wanted, 32, base, offline=True)
    ready = np.stack([prepare(wanted.images[i], Transform(32)) for i in range(3)])
    expected = ready.mean((2, 3)) @ np.arange(12.0).reshape(3, 4)
    np.testing.assert_allclose(result.array, expected, rtol=1e-5, atol=1e-5)
    assert result.weights_sha256 == TINY


def test_what_the_code_prints_stays_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Output belongs to our tables; its modules to nobody else."""
    checkout(tmp_path / "hub")
    build(local(), tmp_path, offline=True)
    assert capsys.readouterr().out == ""
    assert not {"hubconf", "models"} & set(sys.modules)


def test_another_repository_gets_its_own_modules(tmp_path: Path) -> None:
    """Both have one called models."""
    checkout(tmp_path / "hub")
    other = checkout(tmp_path / "other") / "models.py"
    other.write_text(MODELS.replace("@ self.weight", "@ self.weight * 2"), "utf-8")
    one = embed_made(local(), samples(2), base=tmp_path)
    two = embed_made(local(path="other"), samples(2), base=tmp_path)
    np.testing.assert_allclose(two.array, 2 * one.array, rtol=1e-6)


def test_the_last_of_several_outputs_is_taken(tmp_path: Path) -> None:
    """Where that is declared."""
    checkout(tmp_path / "hub")
    plain = embed_made(local(), samples(2), base=tmp_path)
    several = {"params": {"several": True}}
    last = embed_made(local(output="last", **several), samples(2), base=tmp_path)
    np.testing.assert_array_equal(last.array, plain.array)
    wanted = samples(2)
    with pytest.raises(ComputeError, match="tiny"):
        embed_made(local(**several), wanted, base=tmp_path)


def test_other_weights_than_declared_are_told(tmp_path: Path) -> None:
    """With the sha256 that was found, which a first run asks for."""
    checkout(tmp_path / "hub")
    with pytest.raises(DataError, match=f"{TINY}, and none is declared") as caught:
        build(local(sha256=""), tmp_path, offline=True)
    assert f'sha256 = "{TINY}"' in caught.value.hint
    with pytest.raises(DataError, match=f"and {TINY} is declared"):
        build(local(params={"scale": 2.0}), tmp_path, offline=True)


def test_a_folder_is_known_by_its_code(tmp_path: Path) -> None:
    """A plan computes it, and what changes afterwards is not run."""
    folder = checkout(tmp_path / "hub")
    (folder / ".git").mkdir()
    first = pinned(local(), tmp_path, None, "mine", Digests())
    assert first is not None
    assert first["code_sha256"] == tree_sha256(folder)
    (folder / ".git" / "index").write_text("x")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_text("x")
    assert pinned(local(), tmp_path, None, "mine", Digests()) == first
    (folder / "models.py").write_text(MODELS + "\n", "utf-8")
    with pytest.raises(DataError, match="the code is not what it was"):
        build(first, tmp_path, offline=True)
    assert pinned(remote(), tmp_path, None, "mine", Digests()) is None


def test_what_is_not_here_is_told(cache: Path) -> None:
    """Code and weights, where they belong, and that nothing was fetched."""
    url = "https://example.org/tiny.pth"
    status = weights_status(remote(url=url, bytes=77), cache)
    assert status is not None
    assert (status.found, status.bytes, status.path) == (False, 77, cache)
    assert status.lacking == (f"mine_tiny_{COMMIT}/hubconf.py", "checkpoints/tiny.pth")
    assert status.url == f"https://github.com/mine/tiny/tree/{COMMIT}"
    with pytest.raises(DataError, match="offline") as caught:
        build(remote(), cache, offline=True)
    assert str(cache / f"mine_tiny_{COMMIT}") in caught.value.hint
    with pytest.raises(DataError, match=r"no hubconf\.py"):
        build(local(), cache, offline=True)


def test_code_downloads_nothing_offline(tmp_path: Path) -> None:
    """What it asks torch.hub for is named instead."""
    checkout(tmp_path / "hub")
    with pytest.raises(ConfigError, match=r"https://example\.org/weights\.pth"):
        build(local(entry="fetched"), tmp_path, offline=True)
    assert torch.hub.download_url_to_file.__module__ == "torch.hub"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"entry": "huge"}, "cannot be built"),
        ({"params": {"depth": 3}}, "unexpected keyword argument 'depth'"),
        ({"entry": "number"}, "gives a int, not a torch module"),
    ],
)
def test_faulty_declarations_are_told(
    given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """With the repository and the function."""
    checkout(tmp_path / "hub")
    with pytest.raises(ConfigError, match=message) as caught:
        build(local(**given), tmp_path, offline=True)
    assert caught.value.where == f"{tmp_path / 'hub'}: {given.get('entry', 'tiny')}"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"path": None}, "repo"),
        ({"repo": "mine/tiny"}, "repo"),
        ({"commit": COMMIT}, "commit"),
        ({"path": None, "repo": "mine/tiny"}, "commit"),
        ({"path": None, "repo": "mine/tiny", "commit": "main"}, "commit"),
        ({"path": None, "repo": "tiny", "commit": COMMIT}, "repo"),
        ({"url": "file:///x.pth"}, "url"),
    ],
)
def test_the_code_has_to_be_named(given: dict[str, Any], key: str) -> None:
    """A repository at a commit, or a folder."""
    assert [each for each, _ in check(local(**given))] == [key]


def test_the_code_is_named_for_people() -> None:
    """So that it can be read before it is allowed."""
    said = code(remote())
    assert "tiny of hubconf.py in https://github.com/mine/tiny at commit fedc" in said
