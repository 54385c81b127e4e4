from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import huggingface_hub
import pytest
import torch
from huggingface_hub import constants
from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

from zsc_wh.encoders import hubs
from zsc_wh.encoders.hubs import HubSource, Source, UrlSource
from zsc_wh.encoders.weights import find_weights
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Breaking(BaseHTTPRequestHandler):
    """Announces ten bytes in a chunk, sends five and hangs up."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        """Say that the file is there."""
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        """Break off."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"a\r\nbegun")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def breaking() -> Iterator[str]:
    """Serve what breaks off; return its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Breaking) as httpd:
        Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def find(source: Source) -> Path:
    params = {"path": None, "sha256": None}
    return find_weights(params, Path(), None, source, lambda: 2**20, offline=False)


def test_broken_off_download_is_told(
    breaking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as any that fails, with address, size and place; nothing is left."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    source = UrlSource(f"{breaking}/net.pth")
    with pytest.raises(DataError, match=r"1 MiB.*IncompleteRead") as caught:
        find(source)
    assert caught.value.where == source.url
    assert str(tmp_path / "checkpoints" / "net.pth") in caught.value.hint
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize(
    "fault",
    [HTTPError("timed out"), RuntimeError("timed out")],
    ids=["client", "transfer"],
)
def test_broken_off_hub_is_told(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its client raises, which is not always an `OSError`."""

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(hubs, "_exists", lambda _url: True)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fail)
    source = HubSource("timm/net")
    with pytest.raises(DataError, match=r"1 MiB.*timed out") as caught:
        find(source)
    assert caught.value.where == source.url
    assert str(tmp_path / "models--timm--net") in caught.value.hint
