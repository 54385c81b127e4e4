"""Encoder ``torch-hub``: what the code of a repository builds, where that is allowed.

A repository for torch.hub holds a ``hubconf.py`` whose functions build networks and
load their weights. That code can do anything, so it is run only when the user says so
on the command line, and only at the commit that is declared or from a folder whose
content is part of the encoder's identity. What it loaded is compared with a declared
sha256.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.encoders import foreign
from zsc_wh.encoders.hubs import UrlSource
from zsc_wh.encoders.network import require, weights_sha256
from zsc_wh.encoders.repositories import BYTES
from zsc_wh.encoders.weights import WeightsStatus
from zsc_wh.errors import ComputeError, ConfigError, DataError
from zsc_wh.fields import Field
from zsc_wh.words import error_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import nn

    from zsc_wh.encoders.request import Ready, Request

FIELDS: Mapping[str, Field] = {
    "repo": Field(
        str, default=None, doc="repository on GitHub, such as facebookresearch/dino"
    ),
    "commit": Field(str, default=None, doc="of repo: 40 hexadecimal digits"),
    "path": Field(
        str,
        default=None,
        doc="in place of repo: a folder with hubconf.py; ~ and ${VAR} are expanded",
    ),
    "entry": Field(str, doc="function in hubconf.py that builds the network"),
    "params": Field(dict, default={}, doc="keyword arguments of the function"),
    "sha256": Field(
        str,
        doc='of the weights once they are loaded; declare "" and the first run says it',
    ),
    "output": foreign.FIELDS["output"],
    "url": Field(
        str,
        default=None,
        doc="of the weights that the function downloads, so that it can be told "
        "beforehand whether they are here",
    ),
    "bytes": BYTES,
}

CODE_SHA256 = "code_sha256"
"""Parameter that holds the sha256 of a folder of code; a plan adds it."""

_CONF = "hubconf.py"
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for what does not say which code is meant."""
    repo, commit = params["repo"], params["commit"]
    if (repo is None) == (params["path"] is None):
        yield "repo", "either repo, with commit, or path says which code is meant"
    elif repo is None:
        if commit is not None:
            yield "commit", "goes with repo; a folder is known by its content"
    elif not _REPO.fullmatch(repo):
        yield "repo", "must be of the form ORG/NAME"
    elif not _COMMIT.fullmatch(commit or ""):
        yield (
            "commit",
            f"must be 40 hexadecimal digits; `git ls-remote https://github.com/{repo}` "
            "prints them",
        )
    if params["url"] is not None and not params["url"].startswith("https://"):
        yield "url", "must begin with https://"


def identity(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that say what is run and what comes out."""
    return {k: v for k, v in params.items() if k not in ("bytes", "url")}


def code(params: Mapping[str, Any]) -> str:
    """Name the code that would be run."""
    where = params["path"] or f"https://github.com/{params['repo']}"
    at = f" at commit {params['commit']}" if params["commit"] else ""
    return f"the function {params['entry']} of {_CONF} in {where}{at}"


def own_keys(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameter that holds the sha256 of a folder of code."""
    return () if params["path"] is None else (CODE_SHA256,)


def own_files(
    params: Mapping[str, Any],
    base: Path,
    given: Path | None,  # noqa: ARG001 - the code names its weights
) -> Mapping[str, Path]:
    """Return that folder by its parameter.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When there is no hubconf.py in it.
    """
    return {CODE_SHA256: _checkout(params, base)}


def tree_sha256(folder: Path) -> str:
    """Return the sha256 over names and content of the files below a folder.

    Hidden files, such as those of git, and what Python compiles do not count.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        is_left_out = any(part[0] == "." or part == "__pycache__" for part in parts)
        if is_left_out or not file.is_file():
            continue
        digest.update("/".join(parts).encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def ready(request: Request) -> Ready:
    """Build the network by the function.

    Raises
    ------
    ConfigError, DataError
        As `build`.
    """
    params, transform = request.params, request.prepared  # before any code is run
    network = build(params, request.base, offline=request.offline)
    last = params["output"] == "last"
    return foreign.ready_with(request, transform, network, params["entry"], last=last)


def build(params: Mapping[str, Any], base: Path, *, offline: bool) -> nn.Module:
    """Make the network; runs the code of the repository.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative folder starts.
    offline : bool
        Whether nothing may be downloaded, by that code through torch.hub either.

    Returns
    -------
    torch.nn.Module
        With weights of the declared sha256.

    Raises
    ------
    ConfigError
        When the code fails, or builds no torch module.
    DataError
        When it is not here and cannot be had, is another one than was planned, or
        loaded other weights than are declared.
    MissingExtraError
        When torch is not installed.
    """
    require("torch")
    import torch

    if params["path"] is not None:
        folder = _checkout(params, base)
        if params.get(CODE_SHA256) not in (None, tree_sha256(folder)):
            raise DataError(
                what="the code is not what it was when the ingest began",
                where=str(folder),
                hint="Leave the folder alone meanwhile, and run the ingest again.",
            )
        target, source = str(folder), "local"
    else:
        target, source = f"{params['repo']}:{params['commit']}", "github"
        folder = _cached(params)
        if offline and not (folder / _CONF).is_file():
            raise DataError(
                what="the code is not on this machine, and nothing may be downloaded "
                "(offline)",
                where=_page(params),
                hint=f"Put the repository at this commit into {folder}.",
            )
    with _apart(folder), _downloads(offline=offline):
        load: Any = torch.hub.load
        try:
            network = load(
                target,
                params["entry"],
                source=source,
                trust_repo=True,
                skip_validation=True,
                verbose=False,
                **params["params"],
            )
        except Exception as error:  # runs foreign code
            raise ConfigError(
                what=f"the network cannot be built ({error_line(error)})",
                where=f"{target}: {params['entry']}",
                hint=f"Check `entry`, `params` and what {_CONF} needs.",
            ) from error
    if not isinstance(network, torch.nn.Module):
        raise ConfigError(
            what=f"it gives a {type(network).__name__}, not a torch module",
            where=f"{target}: {params['entry']}",
            hint="Name a function that builds a network.",
        )
    found = weights_sha256(network)
    if found != params["sha256"].lower():
        raise DataError(
            what=f"the weights that were loaded have the sha256 {found}, and "
            f"{params['sha256'] or 'none'} is declared",
            where=f"{target}: {params['entry']}",
            hint=f'If they are the right ones, declare sha256 = "{found}".',
        )
    return network


def status(
    params: Mapping[str, Any],
    base: Path,
    given: Path | None,  # noqa: ARG001 - the code names its weights
) -> WeightsStatus:
    """Say whether code and weights are here; nothing is run."""
    if params["path"] is not None:
        folder = resolve(params["path"], base)
        lacking = () if (folder / _CONF).is_file() else (_CONF,)
        return WeightsStatus(not lacking, folder, None, lacking)
    require("torch")
    folder = _cached(params)
    missing = [] if (folder / _CONF).is_file() else [f"{folder.name}/{_CONF}"]
    size = None
    if params["url"] is not None:
        weights = UrlSource(params["url"])
        file = weights.cached()
        size = params["bytes"] if file is None else file.stat().st_size
        if file is None:
            missing.append(f"checkpoints/{weights.place.name}")
    place = folder.parent
    return WeightsStatus(
        not missing, place, _page(params), tuple(missing), lambda: size
    )


def _checkout(params: Mapping[str, Any], base: Path) -> Path:
    folder = resolve(params["path"], base)
    if not (folder / _CONF).is_file():
        raise DataError(
            what=f"there is no {_CONF}, which a repository for torch.hub has",
            where=str(folder),
            hint="Set `path` to a checkout of the repository; a relative path starts "
            "at the folder of the declaring file.",
        )
    return folder


def _cached(params: Mapping[str, Any]) -> Path:
    """Return where torch.hub keeps the code of a repository at a commit."""
    import torch

    owner, _, name = params["repo"].partition("/")
    return Path(torch.hub.get_dir()) / f"{owner}_{name}_{params['commit']}"


def _page(params: Mapping[str, Any]) -> str:
    return f"https://github.com/{params['repo']}/tree/{params['commit']}"


@contextmanager
def _apart(folder: Path) -> Iterator[None]:
    """Forget the modules of a repository, and keep what it prints from our output.

    Many have modules called ``models`` or ``utils``; the next one must not get these.
    """
    before = set(sys.modules)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        inside = folder.resolve()
        for name in set(sys.modules) - before:
            module = sys.modules[name]
            found = getattr(module, "__file__", None) or next(
                iter(getattr(module, "__path__", ())), None
            )
            if found and Path(found).resolve().is_relative_to(inside):
                del sys.modules[name]


@contextmanager
def _downloads(*, offline: bool) -> Iterator[None]:
    """Refuse what code would download through torch.hub, where it must not."""
    import torch

    def refuse(url: str, *_: object, **__: object) -> None:
        raise ComputeError(
            what=f"nothing may be downloaded (offline), and it asks for {url}"
        )

    download = torch.hub.download_url_to_file
    if offline:
        torch.hub.download_url_to_file = refuse
    try:
        yield
    finally:
        torch.hub.download_url_to_file = download
