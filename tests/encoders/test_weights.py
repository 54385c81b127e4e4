from __future__ import annotations

import hashlib
import socket
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import torch
from huggingface_hub import constants
from torchvision import models

from tests.encoders.made import (
    TIMM,
    VISION,
    embed_made,
    loader,
    samples,
    save_timm,
    save_vision,
    timm_state,
)
from zsc_wh.encoders import weights_status
from zsc_wh.encoders.hubs import UrlSource, is_kept
from zsc_wh.encoders.weights import find_weights
from zsc_wh.errors import DataError
from zsc_wh.words import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

VISION_FILE = "shufflenetv2_x0.5-f707e7126e.pth"
VISION_URL = f"https://download.pytorch.org/models/{VISION_FILE}"
HUB_FOLDER = "models--timm--test_resnet.r160_in1k"
SIZE = 4 * sum(tensor.numel() for tensor in timm_state().values())


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give both hubs empty caches of the test's own."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    return tmp_path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every connection fail the test."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve the folder ``served``; return its address."""
    (tmp_path / "served").mkdir()
    handler = partial(Quiet, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def fill_hub(root: Path, name: str = "model.safetensors") -> Path:
    """Lay weights out as the client of the hub does."""
    folder = root / "hub" / HUB_FOLDER
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc123")
    file = folder / "snapshots" / "abc123" / name
    if file.suffix == ".safetensors":
        return save_timm(file)
    file.parent.mkdir(parents=True)
    torch.save(timm_state(), file)
    return file


def fill_torch(root: Path) -> Path:
    """Lay weights out as torch.hub does."""
    return save_vision(root / "torch" / "checkpoints" / VISION_FILE)


DECLARED: dict[str, dict[str, Any]] = {
    "timm": loader("timm", name=TIMM),
    "torchvision": loader("torchvision", name=VISION, weights="IMAGENET1K_V1"),
}
FILL = {"timm": fill_hub, "torchvision": fill_torch}


@pytest.mark.parametrize("kind", DECLARED)
def test_a_cache_is_looked_into_without_a_client(kind: str, caches: Path) -> None:
    """The place of the weights tells what the client of the hub would."""
    before = weights_status(DECLARED[kind], caches)
    assert before is not None
    assert before.path is not None
    assert (before.found, is_kept(before.path)) == (False, False)
    FILL[kind](caches)
    after = weights_status(DECLARED[kind], caches)
    assert after is not None
    assert (after.found, is_kept(before.path)) == (True, True)


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.usefixtures("no_network")
def test_weights_in_a_cache_are_used_offline(kind: str, caches: Path) -> None:
    """What lies in the published layout is loaded, and no connection is opened."""
    file = FILL[kind](caches)
    result = embed_made(DECLARED[kind], samples(2), base=caches, offline=True)
    named = embed_made({**DECLARED[kind], "path": str(file)}, samples(2), base=caches)
    assert result.weights_sha256 == named.weights_sha256
    assert result.array.tobytes() == named.array.tobytes()


@pytest.mark.usefixtures("no_network")
def test_weights_in_the_older_format_are_used(caches: Path) -> None:
    """A repository of the hub may have a PyTorch file instead of safetensors."""
    fill_hub(caches, "pytorch_model.bin")
    result = embed_made(DECLARED["timm"], samples(2), base=caches, offline=True)
    assert len(result.array) == 2


PLACES = {
    "timm": (
        f"https://huggingface.co/timm/{TIMM}/resolve/main/model.safetensors",
        f"hub/{HUB_FOLDER}",
        SIZE,
    ),
    "torchvision": (
        VISION_URL,
        f"torch/checkpoints/{VISION_FILE}",
        int(models.get_model_weights(VISION).DEFAULT.meta["_file_size"] * 2**20),
    ),
}


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.usefixtures("no_network")
def test_missing_weights_are_told_offline(kind: str, caches: Path) -> None:
    """Offline the address, the size and the place of missing weights are told."""
    url, place, size = PLACES[kind]
    wanted = samples(2)
    about = f"about {format_bytes(size)}"
    with pytest.raises(DataError, match=rf"{about}.* \(offline\)") as caught:
        embed_made(DECLARED[kind], wanted, base=caches, offline=True)
    assert caught.value.where == url
    assert str(caches / place) in caught.value.hint
    assert "ZSCWH_WEIGHTS" in caught.value.hint


@pytest.mark.parametrize("kind", DECLARED)
def test_unreachable_hub_is_told_at_once(
    kind: str, caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network nothing is tried again and again."""
    asked: list[object] = []

    def unknown(host: object, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for proxy in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.upper(), raising=False)
    wanted = samples(2)
    with pytest.raises(DataError, match=r"be downloaded .*not known") as caught:
        embed_made(DECLARED[kind], wanted, base=caches)
    assert len(asked) == 1
    assert str(caches / PLACES[kind][1]) in caught.value.hint


def test_hub_that_is_switched_off_is_told(
    caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own switch is obeyed, and named."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    wanted = samples(2)
    with pytest.raises(DataError, match="HF_HUB_OFFLINE is set"):
        embed_made(DECLARED["timm"], wanted, base=caches)


def find(source: UrlSource, sha256: str | None = None) -> Path:
    params = {"path": None, "sha256": sha256}
    return find_weights(params, Path(), None, source, lambda: 1, offline=False)


def test_weights_are_downloaded_once(caches: Path, server: str) -> None:
    """A file that is not here is fetched to its place, and then found there."""
    content = b"weights"
    name = f"net-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (caches / "served" / name).write_bytes(content)
    source = UrlSource(f"{server}/{name}")
    assert find(source) == caches / "torch" / "checkpoints" / name
    (caches / "served" / name).unlink()
    assert find(source).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net-00000000.pth", 'invalid hash value .expected "00000000"'),
        ("absent.pth", "the server has no such file"),
    ],
)
def test_failed_download_leaves_nothing(
    name: str, message: str, caches: Path, server: str
) -> None:
    """Damaged or absent files are told, and nothing is left in the cache."""
    (caches / "served" / "net-00000000.pth").write_bytes(b"damaged")
    source = UrlSource(f"{server}/{name}")
    with pytest.raises(DataError, match=message) as caught:
        find(source)
    assert caught.value.where == source.url
    assert list((caches / "torch").rglob("*.*")) == []


def test_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never answers is waited for this many seconds and no more."""
    monkeypatch.setattr("zsc_wh.encoders.hubs.TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = UrlSource(f"http://127.0.0.1:{silent.getsockname()[1]}/net.pth")
        started = time.monotonic()
        with pytest.raises(DataError, match="timed out"):
            find(source)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/net.pth"])
def test_other_addresses_are_refused(url: str) -> None:
    """Weights come from web addresses alone."""
    source = UrlSource(url)
    with pytest.raises(DataError, match="not a web address"):
        find(source)


def test_declared_sha256_is_checked(caches: Path) -> None:
    """A file with the declared sha256 is taken, in any case of letters."""
    file = fill_hub(caches)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest().upper()
    declared = {**DECLARED["timm"], "sha256": sha256}
    assert len(embed_made(declared, samples(2), base=caches).array) == 2


@pytest.mark.parametrize("named", ["path", "cache"])
def test_other_sha256_is_told(named: str, caches: Path) -> None:
    """A file with another sha256 is refused, wherever it comes from."""
    file = fill_hub(caches)
    path = str(file) if named == "path" else None
    declared, wanted = {**DECLARED["timm"], "path": path, "sha256": "00"}, samples(2)
    with pytest.raises(DataError, match="and 00 is declared") as caught:
        embed_made(declared, wanted, base=caches)
    assert caught.value.where == str(file)


def test_absent_file_is_told(caches: Path) -> None:
    """A file that is named must be there; nothing is downloaded in its stead."""
    declared, wanted = {**DECLARED["timm"], "path": "x.pth"}, samples(2)
    with pytest.raises(DataError, match="is not there") as caught:
        embed_made(declared, wanted, base=caches)
    assert caught.value.where == str(caches / "x.pth")


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.usefixtures("no_network")
def test_status_says_what_is_missing(kind: str, caches: Path) -> None:
    """Of missing weights the place, the address and the size are known."""
    url, place, size = PLACES[kind]
    status = weights_status(DECLARED[kind], caches)
    assert status is not None
    assert (status.found, status.path) == (False, caches / place)
    assert (status.url, status.bytes) == (url, size)


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.usefixtures("no_network")
def test_status_says_what_is_here(kind: str, caches: Path) -> None:
    """Of weights that are here the file and its size are told."""
    file = FILL[kind](caches)
    status = weights_status(DECLARED[kind], caches)
    assert status is not None
    assert (status.found, status.path) == (True, file)
    assert status.bytes == file.stat().st_size


@pytest.mark.parametrize("found", [False, True])
def test_status_of_a_named_file(found: bool, caches: Path) -> None:
    """A file that the user has can be had nowhere else."""
    if found:
        save_timm(caches / "x.safetensors")
    status = weights_status({**DECLARED["timm"], "path": "x.safetensors"}, caches)
    assert status is not None
    assert (status.found, status.url) == (found, None)
    assert (status.bytes is None) == (not found)


@pytest.mark.parametrize(
    "declared",
    [
        loader("pixels"),
        loader("random", name="test_resnet"),
        loader("torchvision", name=VISION),
        loader("python", target="a.b"),
    ],
    ids=lambda declared: declared["kind"],
)
def test_status_of_nothing_to_download(declared: dict[str, Any]) -> None:
    """Where there are no published weights there is no status."""
    assert weights_status(declared, Path()) is None
