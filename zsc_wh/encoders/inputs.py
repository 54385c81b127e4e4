"""What an encoder needs of this machine: its weights, and how they are known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from zsc_wh.encoders import repositories
from zsc_wh.encoders.loaders import LOADERS
from zsc_wh.encoders.torch_hub import tree_sha256
from zsc_wh.encoders.weights import (
    VARIABLE,
    WeightsStatus,
    not_there,
    private,
    sha256_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zsc_wh.datasets import Digests
    from zsc_wh.errors import DataError


def weights_status(
    loader: Mapping[str, Any], base: Path, given: Path | None = None
) -> WeightsStatus | None:
    """Say whether the weights of an encoder are on this machine; asks no server.

    Parameters
    ----------
    loader : mapping
        Declared loader, checked and complete, with its `kind`.
    base : Path
        Folder of the declaring file, where relative paths start.
    given : Path, optional
        File of the published weights on this machine.

    Returns
    -------
    WeightsStatus or None
        None where there are no weights to bring here.

    Raises
    ------
    ConfigError
        When there are no such weights, or a path names a variable that is not set.
    MissingExtraError
        When a package that it needs is not installed.
    """
    spec = LOADERS[loader["kind"]]
    return None if spec.weights is None else spec.weights(loader, base, given)


def takes_file(loader: Mapping[str, Any]) -> bool:
    """Whether a file of the weights can be named apart from their declaration.

    It can where they are one file, and published or private.
    """
    spec = LOADERS[loader["kind"]]
    return spec.takes_file is not None and spec.takes_file(loader)


def is_untrained(loader: Mapping[str, Any]) -> bool:
    """Whether the weights are random only because none are declared."""
    spec = LOADERS[loader["kind"]]
    return spec.is_untrained is not None and spec.is_untrained(loader)


def absence(found: WeightsStatus, name: str) -> DataError:
    """Say what is missing of weights that only the user can bring.

    Parameters
    ----------
    found : WeightsStatus
        Of weights that are not here and have no address.
    name : str
        Name of the encoder.
    """
    if found.path is None:
        return private(name)
    if found.lacking:
        return repositories.not_whole(found.path, found.lacking)
    return not_there(found.path)


def how_to_get(found: WeightsStatus, name: str) -> str:
    """Say how weights that are not here get here; see `absence`."""
    if found.url is None:
        fault = absence(found, name)
        return f"{fault.what}. {fault.hint}"
    if found.lacking:
        files = " and ".join(found.lacking)
        return (
            f"An ingest downloads {files} from {found.url}; or put them into "
            f"{found.path}."
        )
    return (
        f"An ingest downloads it from {found.url}; or save that file as {name}.pth in "
        f"a folder and set {VARIABLE} to it."
    )


def pinned(
    loader: Mapping[str, Any],
    base: Path,
    given: Path | None,
    name: str,
    digests: Digests,
) -> Mapping[str, Any] | None:
    """Return a loader with the sha256 of its own files, which tell it from others.

    Parameters
    ----------
    loader, base
        See `weights_status`.
    given : Path or None
        File of the weights on this machine, where one is named.
    name : str
        Name of the encoder, for messages.
    digests : Digests
        What is known of the content of files.

    Returns
    -------
    mapping or None
        None where the declaration says all.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When there is no such file.
    """
    if given is None and is_private(loader):
        raise private(name)
    spec = LOADERS[loader["kind"]]
    if spec.own_files is None or not is_unpinned(loader):
        return None
    found = {
        key: tree_sha256(file)
        if file.is_dir()
        else digests.fact(file, "sha256", partial(sha256_of, file))
        for key, file in spec.own_files(loader, base, given).items()
        if key in unpinned_keys(loader)
    }
    return {**loader, **found}


def unpinned_keys(loader: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameters for the sha256 of own files that are not declared."""
    spec = LOADERS[loader["kind"]]
    keys = () if spec.own_keys is None else spec.own_keys(loader)
    return tuple(key for key in keys if loader.get(key) is None)


def is_unpinned(loader: Mapping[str, Any]) -> bool:
    """Whether files of one's own are declared, and not by their content."""
    return bool(unpinned_keys(loader))


def is_repository(loader: Mapping[str, Any]) -> bool:
    """Whether an encoder is a folder of weights and configuration, on a hub or here."""
    return repositories.is_repository(loader.get("name") or "")


def is_private(loader: Mapping[str, Any]) -> bool:
    """Whether only the user has the weights, and the declaration does not name them."""
    spec = LOADERS[loader["kind"]]
    return spec.is_private is not None and spec.is_private(loader)
