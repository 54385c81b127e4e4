"""Find the weights of a pretrained network: on this machine first, then by download.

What cannot be had is told with its size and where to put it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.encoders.hubs import HubSource
from zsc_wh.errors import DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from zsc_wh.encoders.hubs import Source

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str,
        default=None,
        doc="file of the weights, instead of a download; ~ and ${VAR} are expanded; "
        "goes with sha256",
    ),
    "sha256": Field(str, default=None, doc="of the file of the weights; checked"),
}


@dataclass(frozen=True)
class WeightsStatus:
    """Whether the weights of an encoder are on this machine.

    Parameters
    ----------
    found : bool
        Whether they are; nothing is known of their content.
    path : Path
        Where they are, or where they have to be.
    url : str or None
        Where they can be had; None for a file that only the user has.
    bytes : int or None
        Size of the file: exact when it is here, else as published (torchvision) or as
        counted from the architecture (timm); None for a file that only the user has.
    """

    found: bool
    path: Path
    url: str | None
    bytes: int | None


def status(
    params: Mapping[str, Any], base: Path, source: Source, size: Callable[[], int]
) -> WeightsStatus:
    """Say whether weights are here, without asking any server.

    Parameters
    ----------
    params : mapping
        Complete parameters of the loader, with those of `FIELDS`.
    base : Path
        Where a relative `path` starts.
    source : Source
        Where they are published.
    size : callable
        Tells the bytes of a file that is not here.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    """
    if params["path"] is not None:
        path = resolve(params["path"], base)
        found = path.is_file()
        return WeightsStatus(found, path, None, path.stat().st_size if found else None)
    cached = source.cached()
    if cached is not None:
        return WeightsStatus(True, cached, source.url, cached.stat().st_size)
    return WeightsStatus(False, source.place, source.url, size())


def find_weights(
    params: Mapping[str, Any],
    base: Path,
    source: Source,
    size: Callable[[], int],
    *,
    offline: bool,
) -> Path:
    """Return the file of the weights, downloaded if need be.

    Parameters
    ----------
    params, base, source, size
        See `status`.
    offline : bool
        Whether no server may be asked.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When the weights are not here and cannot be had, or have another sha256 than
        the one declared.
    """
    here = status(params, base, source, size)
    if here.found:
        path = here.path
    elif here.url is None:
        raise DataError(
            what="the file of the weights is not there",
            where=str(here.path),
            mend="A relative path starts at the folder of the declaring file.",
        )
    elif offline:
        raise _missing(here, source, "and nothing may be downloaded (offline)")
    else:
        try:
            path = source.download()
        except (OSError, ValueError) as error:
            raise _missing(
                here, source, f"and cannot be downloaded ({_reason(error)})"
            ) from error
    _check_sha256(path, params["sha256"])
    return path


def _missing(here: WeightsStatus, source: Source, why: str) -> DataError:
    about = f" (about {here.bytes / 2**20:.0f} MiB)" if here.bytes else ""
    thing = "folder" if isinstance(source, HubSource) else "file"
    return DataError(
        what=f"the weights are not on this machine{about}, {why}",
        where=here.url or "",
        mend=f"On a machine with a network run the same, then bring its {thing} to "
        f"{here.path}; or save the file anywhere and name it with `path` and "
        "`sha256`.",
    )


def _check_sha256(path: Path, expected: str | None) -> None:
    if expected is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected.lower():
        raise DataError(
            what=f"the weights have the sha256 {found}, and {expected} is declared",
            where=str(path),
            mend="Remove the file to have it downloaded anew, or declare its sha256.",
        )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
