"""Networks that a repository of the hub, or a folder like one, holds whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import timm
import torch
from huggingface_hub import constants
from timm.data.config import resolve_data_config
from timm.data.transforms_factory import create_transform

from tests.encoders.made import (
    embed_made,
    lay_out,
    loader,
    samples,
    save_timm,
    timm_state,
)
from zsc_wh.datasets import Digests
from zsc_wh.encoders import Transform, pinned, weights_status
from zsc_wh.encoders.pretrained import build, check, own_transform
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.preprocessing import prepare

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = "model.safetensors or pytorch_model.bin"
NAME = f"hf-hub:mine/small@{COMMIT}"
CONFIG: dict[str, Any] = {
    "architecture": "test_resnet",
    "num_classes": 1000,
    "num_features": 512,
    "global_pool": "max",
    "pretrained_cfg": {
        "tag": "mine",
        "custom_load": False,
        "input_size": [3, 96, 96],
        "fixed_input_size": False,
        "interpolation": "bicubic",
        "crop_pct": 0.9,
        "crop_mode": "center",
        "mean": [0.4, 0.5, 0.6],
        "std": [0.2, 0.3, 0.25],
        "num_classes": 1000,
        "pool_size": [6, 6],
        "first_conv": "conv1.0",
        "classifier": "fc",
    },
    "model_args": {"global_pool": "max"},
}
"""What timm's ``push_to_hf_hub`` writes."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the hub's client an empty cache of the test's own."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def fill(folder: Path, config: dict[str, Any] = CONFIG) -> Path:
    """Write the files of a network into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    save_timm(folder / "model.safetensors")
    return folder


def fill_cache(cache: Path) -> Path:
    """Lay the files out as the hub's client does: blobs, links to them, references."""
    repository = cache / "models--mine--small"
    snapshot = lay_out(fill(cache.parent / "made"), repository, COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("f" * 40)
    return snapshot


def expected() -> Any:
    """Return the features of the made samples, straight from timm's parts."""
    wanted = samples(3)
    assert wanted.images is not None
    network: Any = timm.create_model("test_resnet", global_pool="max").eval()
    network.load_state_dict(timm_state())
    images = np.stack([prepare(wanted.images[i], Transform(64)) for i in range(3)])
    with torch.inference_mode():
        seen = network.forward_features(torch.from_numpy(images))
        return network.forward_head(seen, pre_logits=True).numpy()


@pytest.mark.parametrize("where", ["hub", "folder"])
def test_features_are_those_of_timm(where: str, cache: Path) -> None:
    """Built as its configuration says, options included, and with its weights."""
    if where == "hub":
        fill_cache(cache)
        declared = loader("timm", name=NAME)
    else:
        fill(cache.parent / "small")
        declared = loader("timm", name="local-dir:small")
    result = embed_made(declared, samples(3), 64, cache.parent, offline=True)
    np.testing.assert_allclose(result.array, expected(), rtol=1e-5, atol=1e-7)


class Hub(SimpleHTTPRequestHandler):
    """Serves the files of a folder as the hub does those of a repository."""

    def end_headers(self) -> None:
        """Add what the hub's client asks for."""
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{sha256(self.path.encode()).hexdigest()}"')
        super().end_headers()

    def translate_path(self, path: str) -> str:
        """Find a file by its address in the repository."""
        start = f"/mine/small/resolve/{COMMIT}/"
        return str(Path(self.directory) / path.removeprefix(start))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


DOWNLOAD = """
from pathlib import Path
from zsc_wh.encoders.repositories import find
from zsc_wh.encoders.timm_facts import LAYOUT

params = {"name": NAME, "sha256": None, "bytes": 5}
file = find(params, Path(), LAYOUT, lambda *_: None, offline=False)
again = find(params, Path(), LAYOUT, lambda *_: None, offline=True)
assert file == again
print(file)
"""


def test_both_files_are_downloaded_at_the_commit(cache: Path) -> None:
    """From what answers as the hub does, into the cache of its client."""
    folder = fill(cache.parent / "served")
    handler = partial(Hub, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{httpd.server_address[1]}"
        done = subprocess.run(
            [sys.executable, "-c", DOWNLOAD.replace("NAME", repr(NAME))],
            env=os.environ | {"HF_ENDPOINT": address, "HF_HUB_CACHE": str(cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        httpd.shutdown()
    assert done.returncode == 0, done.stderr
    snapshot = cache / "models--mine--small" / "snapshots" / COMMIT
    assert done.stdout.strip() == str(snapshot / "model.safetensors")
    for name in ("model.safetensors", "config.json"):
        assert (snapshot / name).read_bytes() == (folder / name).read_bytes()


def test_another_commit_is_not_taken(cache: Path) -> None:
    """What lies in the cache at another commit is another network."""
    fill_cache(cache)
    other = loader("timm", name=NAME.replace("0123", "3210", 1))
    with pytest.raises(DataError, match="not on this machine"):
        embed_made(other, samples(2), 64, cache.parent, offline=True)


def test_own_preprocessing_is_that_of_timm(cache: Path) -> None:
    """As timm's own transform, from the configuration in the repository."""
    snapshot = fill_cache(cache)
    transform = own_transform(loader("timm", name=NAME), cache, None)
    network: Any = timm.create_model(f"local-dir:{snapshot}")
    config: Any = resolve_data_config(model=network)  # type: ignore[no-untyped-call]
    wanted = samples(1, (300, 211))
    assert wanted.images is not None
    ours = prepare(wanted.images[0], transform)
    theirs: Any = create_transform(**config, is_training=False)(wanted.images[0])
    np.testing.assert_array_equal(ours, theirs.numpy())


def test_all_that_is_missing_is_told(cache: Path) -> None:
    """Both files, the place, the address; the size where the name or the user says."""
    declared = loader("timm", name=NAME, bytes=12345)
    status = weights_status(declared, cache)
    assert status is not None
    assert not status.found
    assert status.path == cache / "models--mine--small" / "snapshots" / COMMIT
    assert status.lacking == ("config.json", WEIGHTS)
    assert status.url == f"https://huggingface.co/mine/small/tree/{COMMIT}"
    assert status.bytes == 12345
    size = 4 * sum(tensor.numel() for tensor in timm_state().values())
    named = loader("timm", name=f"hf-hub:mine/test_resnet.mine@{COMMIT}")
    found = weights_status(named, cache)
    assert found is not None
    assert found.bytes == size
    unknown = weights_status(loader("timm", name=NAME), cache)
    assert unknown is not None
    assert unknown.bytes is None
    with pytest.raises(DataError, match=r"not on this machine.*offline") as caught:
        build(declared, 64, cache, offline=True)
    assert f"config.json and {WEIGHTS}" in caught.value.hint


def test_a_part_of_a_repository_is_not_enough(cache: Path) -> None:
    """The configuration tells the size of the weights that are missing."""
    snapshot = fill_cache(cache)
    (snapshot / "model.safetensors").unlink()
    status = weights_status(loader("timm", name=NAME), cache)
    assert status is not None
    assert status.lacking == (WEIGHTS,)
    assert status.bytes == 4 * sum(each.numel() for each in timm_state().values())


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("hf-hub:mine/small", "40 hexadecimal digits"),
        ("hf-hub:mine/small@main", "git ls-remote https://huggingface.co/mine/small"),
        (f"hf-hub:small@{COMMIT}", "hf-hub:ORG/NAME@COMMIT"),
        ("local-dir:", "must name the folder"),
    ],
)
def test_a_name_says_which_network(name: str, fault: str) -> None:
    """A repository at a commit, or a folder."""
    (found,) = check(loader("timm", name=name))
    assert found[0] == "name"
    assert fault in found[1]


def test_a_repository_goes_without_a_file() -> None:
    """It has files of its own; a size is told of what can be downloaded alone."""
    keys = [key for key, _ in check(loader("timm", name=NAME, path="w.pth"))]
    assert keys == ["path"]
    keys = [key for key, _ in check(loader("timm", name="resnet18", bytes=5))]
    assert keys == ["bytes"]


def test_a_folder_is_known_by_its_content(tmp_path: Path) -> None:
    """By weights and configuration, which are computed when an ingest is planned."""
    declared = loader("timm", name="local-dir:small")
    with pytest.raises(DataError, match="the folder of the network is not there"):
        pinned(declared, tmp_path, None, "mine", Digests())
    folder = fill(tmp_path / "small")
    first = pinned(declared, tmp_path, None, "mine", Digests())
    weights = sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert first is not None
    assert first["sha256"] == weights
    fill(folder, {**CONFIG, "model_args": {"global_pool": "avg"}})
    second = pinned(declared, tmp_path, None, "mine", Digests())
    assert second is not None
    assert second["sha256"] == weights
    assert second["config_sha256"] != first["config_sha256"]
    with pytest.raises(DataError, match=r"have the sha256") as caught:
        build(first, 64, tmp_path, offline=True)
    assert caught.value.where == str(folder / "config.json")


def test_an_incomplete_folder_is_told(tmp_path: Path) -> None:
    """With the names of the files that it should have."""
    (tmp_path / "small").mkdir()
    declared = loader("timm", name="local-dir:small")
    with pytest.raises(DataError, match=r"lacks config\.json and model\.safetensors"):
        build(declared, 64, tmp_path, offline=True)
    status = weights_status(declared, tmp_path)
    assert status is not None
    assert (status.found, status.url) == (False, None)


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ({"architecture": "resnet81"}, ConfigError, "timm has no network 'resnet81'"),
        ({"num_classes": 3}, DataError, "it has no 'architecture'"),
        (
            {"architecture": "test_resnet", "pretrained_cfg": {"shape": 3}},
            DataError,
            "timm does not know 'shape'",
        ),
    ],
)
def test_a_faulty_configuration_is_told(
    config: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    """Whatever is wrong with it, in our words."""
    fill(tmp_path / "small", config)
    declared = loader("timm", name="local-dir:small")
    with pytest.raises(error, match=message):
        build(declared, 64, tmp_path, offline=True)


def test_a_configuration_that_is_not_json_is_told(tmp_path: Path) -> None:
    """Such as a page of the hub that was saved in its place."""
    (fill(tmp_path / "small") / "config.json").write_text("<html>", "utf-8")
    declared = loader("timm", name="local-dir:small")
    with pytest.raises(DataError, match="it is not JSON"):
        build(declared, 64, tmp_path, offline=True)


def test_weights_of_another_network_do_not_fit(tmp_path: Path) -> None:
    """Nothing is loaded that the configuration does not describe."""
    fill(tmp_path / "small", {**CONFIG, "architecture": "test_vit"})
    declared = loader("timm", name="local-dir:small")
    with pytest.raises(DataError, match="do not fit"):
        build(declared, 160, tmp_path, offline=True)
