"""Where published weights are: repositories of a hub, files at an address.

Each knows where on this machine its file is kept, and can bring it there. A server that
cannot be reached is told at once; nothing is tried again and again.
"""

from __future__ import annotations

import hashlib
import re
import socket
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlparse
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 5.0
"""Seconds that a server has to answer. The clients of the hubs try six times over,
which takes 23 s without a network, so we ask first and only once."""

_NOT_FOUND = 404
_ADDRESS_DIGITS = 12
_HASH = re.compile(r"-([0-9a-f]{8,})\.\w+$")


WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""Names of the weights in a repository; the first that is there counts."""


class Source(ABC):
    """Where the published weights of a network are."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Address of the file."""

    @property
    @abstractmethod
    def place(self) -> Path:
        """Where the file, or for a hub the folder that holds it, is looked for."""

    @property
    def lacking(self) -> tuple[str, ...]:
        """Names of the files of the folder `place` that are not here.

        Empty for weights that are one file, which may lie anywhere.
        """
        return ()

    @abstractmethod
    def cached(self) -> Path | None:
        """Return the file on this machine, None when it is not here."""

    @abstractmethod
    def download(self) -> Path:
        """Return the file, brought here; raises `OSError` when that fails."""


@dataclass(frozen=True)
class HubSource(Source):
    """A file of a repository of the Hugging Face hub.

    Parameters
    ----------
    repository : str
        Such as ``timm/vit_base_patch16_224.dino``.
    names : tuple of str
        Names that the file may have; the first that is there counts.
    revision : str or None
        Commit of the repository; None for its newest state.
    """

    repository: str
    names: tuple[str, ...] = WEIGHTS
    revision: str | None = None

    @property
    def url(self) -> str:
        """Address of the first of the names that the file may have."""
        return self._url(self.names[0])

    @property
    def place(self) -> Path:
        """The repository's folder in the cache of the hub's client."""
        from huggingface_hub import constants
        from huggingface_hub.file_download import repo_folder_name

        folder = repo_folder_name(repo_id=self.repository, repo_type="model")
        return Path(constants.HF_HUB_CACHE) / folder

    def cached(self) -> Path | None:
        """Look into the cache, name by name."""
        from huggingface_hub import try_to_load_from_cache

        for name in self.names:
            found = try_to_load_from_cache(
                self.repository,
                name,
                cache_dir=self.place.parent,
                revision=self.revision,
            )
            if isinstance(found, str):
                return Path(found)
        return None

    def download(self) -> Path:
        """Download into the cache, which several processes may do at once."""
        from huggingface_hub import constants, hf_hub_download

        # Of the HTTP library of this version, of which there have been three.
        from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

        if constants.HF_HUB_OFFLINE:
            message = "HF_HUB_OFFLINE is set"
            raise OSError(message)
        with _failing(HTTPError):
            found = (each for each in self.names if _exists(self._url(each)))
            name = next(found, None)
            if name is None:
                message = f"it has none of {', '.join(self.names)}"
                raise OSError(message)
            return Path(
                hf_hub_download(
                    self.repository,
                    name,
                    revision=self.revision,
                    cache_dir=self.place.parent,
                    etag_timeout=TIMEOUT_S,
                )
            )

    def _url(self, name: str) -> str:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(self.repository, name, revision=self.revision)


@dataclass(frozen=True)
class UrlSource(Source):
    """A file of its own, kept where torch.hub keeps it.

    Parameters
    ----------
    address : str
        Its URL. A file name that ends in a dash and hexadecimal digits says how its
        sha256 begins, which is checked on download.
    is_distinct : bool
        Whether the file is kept under its whole address: several authors publish a
        ``resnet50.pth``, which torch.hub takes for one.
    """

    address: str
    is_distinct: bool = False

    @property
    def url(self) -> str:
        """The address."""
        return self.address

    @property
    def place(self) -> Path:
        """The file in the folder of torch.hub."""
        import torch

        folder = Path(torch.hub.get_dir()) / "checkpoints"
        parts = urlparse(self.address)
        name = PurePosixPath(parts.path).name
        if self.is_distinct:
            digest = hashlib.sha256(self.address.encode()).hexdigest()
            return folder / "zscwh" / digest[:_ADDRESS_DIGITS] / name
        return folder / name

    def cached(self) -> Path | None:
        """Look into the folder of torch.hub."""
        return self.place if self.place.is_file() else None

    def download(self) -> Path:
        """Download to a name of its own, check, and rename."""
        import torch

        place = self.place
        digits = _HASH.search(place.name)
        with _timeout(), _failing():
            if not _exists(self.address):
                message = "the server has no such file"
                raise OSError(message)
            place.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(
                self.address,
                str(place),
                digits[1] if digits else None,
                progress=False,
            )
        return place


def is_kept(place: Path) -> bool:
    """Whether the `place` of a source holds its file, told without any client.

    A folder of the hub's client has it in one of its snapshots.
    """
    return place.is_file() or any(
        (snapshot / name).is_file()
        for snapshot in place.glob("snapshots/*")
        for name in WEIGHTS
    )


def _exists(url: str) -> bool:
    """Ask a server for a file's header; False when it says that there is none."""
    if not url.startswith(("https://", "http://")):
        message = f"not a web address: {url}"
        raise ValueError(message)
    head = Request(url, method="HEAD")  # noqa: S310 - just checked
    try:
        with urlopen(head, timeout=TIMEOUT_S):  # noqa: S310 - likewise
            return True
    except HTTPError as error:
        if error.code == _NOT_FOUND:
            return False
        raise


@contextmanager
def _failing(*more: type[Exception]) -> Iterator[None]:
    """Make an `OSError` of whatever else a client raises when a download fails.

    A connection that breaks is an `HTTPException` of Python's client, one of `more` of
    another's; a hash that differs, and code that is not Python, give RuntimeErrors.
    """
    faults: tuple[type[Exception], ...] = (HTTPException, RuntimeError, *more)
    try:
        yield
    except faults as error:
        raise OSError(str(error) or type(error).__name__) from error


@contextmanager
def _timeout() -> Iterator[None]:
    """Bound the wait for a server in code that takes no timeout."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
