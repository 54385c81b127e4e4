"""Networks that are published whole: a folder of their configuration and weights.

timm and open_clip name such a folder ``hf-hub:ORG/NAME@COMMIT``, a repository of the
Hugging Face hub, or ``local-dir:FOLDER``, the same files on this machine. The commit is
asked for: a repository can change, and what was computed with it could not be made
again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.encoders.hubs import HubSource, Source
from zsc_wh.encoders.weights import (
    WeightsStatus,
    check_sha256,
    find_weights,
    here,
    status,
)
from zsc_wh.errors import DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Size = Callable[[str, Path | None], int | None]
"""Tells the bytes of weights that are not here, or None, from the name of a repository
without its owner and the configuration, which may be missing too."""

HUB, LOCAL = "hf-hub:", "local-dir:"

CONFIG_SHA256 = "config_sha256"
"""Parameter that holds the sha256 of a folder's configuration; a plan adds it."""

BYTES = Field(
    int,
    default=None,
    minimum=1,
    maximum=2**53,
    doc="size of the weights of a repository, to be told before anything of it is here",
)

_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Layout:
    """What the files of a folder are called.

    Parameters
    ----------
    config : str
        The configuration.
    weights : tuple of str
        The weights; the first that is there counts.
    """

    config: str
    weights: tuple[str, ...]

    def lacking(self, folder: Path) -> tuple[str, ...]:
        """Return the names that are missing from a folder, one of the weights'."""
        config = () if (folder / self.config).is_file() else (self.config,)
        weights = " or ".join(self.weights)
        return config if self.weights_in(folder) else (*config, weights)

    def weights_in(self, folder: Path) -> Path | None:
        """Return the weights in a folder, None where there are none."""
        files = (folder / name for name in self.weights)
        return next((file for file in files if file.is_file()), None)


def is_repository(name: str) -> bool:
    """Whether a name is that of a folder, on a hub or on this machine."""
    return name.startswith((HUB, LOCAL))


def is_local(name: str) -> bool:
    """Whether a name is that of a folder on this machine."""
    return name.startswith(LOCAL)


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for a name that does not say which network is meant."""
    name = params["name"]
    if is_local(name) and not name.removeprefix(LOCAL):
        yield "name", f"must name the folder: {LOCAL}FOLDER"
    if name.startswith(HUB):
        repository, _, commit = name.removeprefix(HUB).partition("@")
        if not _NAME.fullmatch(repository):
            yield "name", f"must be of the form {HUB}ORG/NAME@COMMIT"
        elif not _COMMIT.fullmatch(commit):
            yield (
                "name",
                f"must end in @COMMIT, 40 hexadecimal digits; `git ls-remote "
                f"https://huggingface.co/{repository}` prints them",
            )
    if is_repository(name) and params.get("path") is not None:
        yield "path", f"goes without a name that begins with {HUB} or {LOCAL}"
    if not is_repository(name) and params["bytes"] is not None:
        yield "bytes", f"goes with a name that begins with {HUB} alone"


def identity(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that say what a network is, not where it lies."""
    known = {key: value for key, value in params.items() if key != "bytes"}
    if is_local(params["name"]):
        known["name"] = LOCAL
    return known


def own_keys(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameters that hold the sha256 of files of a folder."""
    return ("sha256", CONFIG_SHA256) if is_local(params["name"]) else ()


def own_files(
    params: Mapping[str, Any], base: Path, layout: Layout
) -> Mapping[str, Path]:
    """Return the files of a folder on this machine by the parameter of their sha256.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When one is missing.
    """
    weights = _local_weights(params["name"], base, layout)
    return {"sha256": weights, CONFIG_SHA256: weights.with_name(layout.config)}


def repository_status(
    params: Mapping[str, Any],
    base: Path,
    layout: Layout,
    size: Size,
) -> WeightsStatus:
    """Say whether a network is on this machine, without asking any server.

    Parameters
    ----------
    params : mapping
        Complete parameters, with ``name``, ``sha256`` and ``bytes``.
    base : Path
        Where a relative folder starts.
    layout : Layout
        What its files are called.
    size : callable
        Tells the bytes of weights that are not here.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    """
    if not is_local(params["name"]):
        source = _source(params["name"], layout)
        unnamed = {**params, "path": None}
        return status(unnamed, base, None, source, _size(params, source, size))
    folder = _folder(params["name"], base)
    lacking = layout.lacking(folder)
    if lacking:
        return WeightsStatus(False, folder, None, lacking)
    return here(_local_weights(params["name"], base, layout))


def find(
    params: Mapping[str, Any],
    base: Path,
    layout: Layout,
    size: Size,
    *,
    offline: bool,
) -> Path:
    """Return the weights of a network, downloaded if need be; the rest lies beside.

    Parameters
    ----------
    params, base, layout, size
        See `repository_status`.
    offline : bool
        Whether no server may be asked.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When a file is not here and cannot be had, or has another sha256 than the one
        declared, or than it had when the ingest began.
    """
    if is_local(params["name"]):
        weights = _local_weights(params["name"], base, layout)
        config = weights.with_name(layout.config)
        check_sha256(weights, params["sha256"], None)
        check_sha256(config, params.get(CONFIG_SHA256), None)
        return weights
    source = _source(params["name"], layout)
    return find_weights(
        {**params, "path": None},
        base,
        None,
        source,
        _size(params, source, size),
        offline=offline,
    )


def config_folder(params: Mapping[str, Any], base: Path, layout: Layout) -> Path:
    """Return the folder of a network that is here.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When its configuration is not here.
    """
    if is_local(params["name"]):
        return _local_weights(params["name"], base, layout).parent
    source = _source(params["name"], layout)
    config = source.config
    if config is None:
        raise DataError(
            what=f"{layout.config} is not on this machine, which says how images are "
            "prepared",
            where=source.url,
            hint=f"Put it into {source.place}.",
        )
    return config.parent


@dataclass(frozen=True)
class RepositorySource(Source):
    """A repository of the Hugging Face hub at one commit.

    Parameters
    ----------
    repository, commit : str
        Which.
    layout : Layout
        What of it is wanted.
    """

    repository: str
    commit: str
    layout: Layout

    @property
    def url(self) -> str:
        """Address of the page that lists the files."""
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/{self.repository}/tree/{self.commit}"

    @property
    def place(self) -> Path:
        """The folder of the commit in the cache of the hub's client."""
        return self._weights.place / "snapshots" / self.commit

    @property
    def config(self) -> Path | None:
        """The configuration on this machine, None when it is not here."""
        return self._config.cached()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Names of the files that are not here."""
        return self.layout.lacking(self.place)

    def cached(self) -> Path | None:
        """Return the weights, None unless the configuration is here too."""
        return None if self.config is None else self._weights.cached()

    def download(self) -> Path:
        """Download what is missing of both files."""
        if self.config is None:
            self._config.download()
        return self._weights.cached() or self._weights.download()

    @property
    def _config(self) -> HubSource:
        return HubSource(self.repository, (self.layout.config,), self.commit)

    @property
    def _weights(self) -> HubSource:
        return HubSource(self.repository, self.layout.weights, self.commit)


def _source(name: str, layout: Layout) -> RepositorySource:
    repository, _, commit = name.removeprefix(HUB).partition("@")
    return RepositorySource(repository, commit, layout)


def _size(
    params: Mapping[str, Any],
    source: RepositorySource,
    size: Size,
) -> Callable[[], int | None]:
    name = source.repository.partition("/")[2]
    return lambda: params["bytes"] or size(name, source.config)


def _folder(name: str, base: Path) -> Path:
    return resolve(name.removeprefix(LOCAL), base)


def _local_weights(name: str, base: Path, layout: Layout) -> Path:
    """Return the weights in a folder on this machine, which must be whole."""
    folder = _folder(name, base)
    weights = layout.weights_in(folder)
    lacking = layout.lacking(folder)
    if weights is None or lacking:
        raise not_whole(folder, lacking)
    return weights


def not_whole(folder: Path, lacking: tuple[str, ...]) -> DataError:
    """Say what is missing from a folder that is named."""
    if not folder.is_dir():
        return DataError(
            what="the folder of the network is not there",
            where=str(folder),
            hint="A relative path starts at the folder of the declaring file.",
        )
    return DataError(
        what=f"the folder lacks {' and '.join(lacking)}",
        where=str(folder),
        hint="Put the files there under these names.",
    )
