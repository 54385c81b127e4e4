"""Find the weights of a pretrained network: on this machine first, then by download.

What cannot be had is told with its size and where to put it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.encoders.hubs import UrlSource
from zsc_wh.errors import DataError
from zsc_wh.fields import Field
from zsc_wh.words import format_bytes, one_line, some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from zsc_wh.encoders.hubs import Source

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str,
        default=None,
        doc="file of weights of your own, in place of published ones; ~ and ${VAR} are "
        "expanded",
    ),
    "sha256": Field(
        str,
        default=None,
        doc="of the file of the weights; checked, and computed where path stands alone",
    ),
    "entry": Field(
        str,
        default=None,
        doc="with path: the dictionary in the file that holds the weights, such as "
        "model or state.model; the only one if not given",
    ),
    "strip": Field(
        str,
        default=None,
        doc="with path: prefix of the names that count, such as backbone., which is "
        "dropped; module. if not given",
    ),
}

VARIABLE = "ZSCWH_WEIGHTS"
"""Names the folders where published weights are looked for before they are fetched."""

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
"""How files of weights end."""


@dataclass(frozen=True)
class WeightsStatus:
    """Whether the weights of an encoder are on this machine.

    Parameters
    ----------
    found : bool
        Whether they are; nothing is known of their content.
    path : Path or None
        Where they are, or where they have to be; None for a private file that nobody
        has named.
    url : str or None
        Where they can be had; None for a file that only the user has.
    lacking : tuple of str
        Names of the files that are missing from the folder `path`, for each all that
        it may have; empty where `path` is a file.
    measure : callable
        Tells `bytes`, which can take a tenth of a second.
    """

    found: bool
    path: Path | None
    url: str | None
    lacking: tuple[str, ...] = ()
    measure: Callable[[], int | None] = field(default=lambda: None, compare=False)

    @property
    def bytes(self) -> int | None:
        """Size of the file, exact when it is here.

        Else as published (torchvision) or as counted from the architecture (timm,
        checkpoint), beside which training may have saved more; None for a file that
        only the user has, and where nothing tells.
        """
        return self.measure()


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for what of `FIELDS` goes with weights of one's own alone."""
    for key in ("entry", "strip"):
        if params[key] is None:
            continue
        if params["path"] is None:
            yield key, "goes with path, the file of weights of your own"
        elif params.get("weights") is not None:
            yield (
                key,
                "published weights need none; for weights of your own drop weights",
            )


def in_folders(name: str) -> Path | None:
    """Return the file of an encoder in the folders of `VARIABLE`, None without.

    Parameters
    ----------
    name : str
        Name of the encoder in the catalog: its file is called so, with one of
        `SUFFIXES`.
    """
    folders = filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))
    files = (
        Path(folder).expanduser() / f"{name}{suffix}"
        for folder in folders
        for suffix in SUFFIXES
    )
    return next((file for file in files if file.is_file()), None)


def status(
    params: Mapping[str, Any],
    base: Path,
    given: Path | None,
    source: Source,
    size: Callable[[], int | None],
) -> WeightsStatus:
    """Say whether weights are here, without asking any server.

    Parameters
    ----------
    params : mapping
        Complete parameters of the loader, with those of `FIELDS`.
    base : Path
        Where a relative `path` starts.
    given : Path or None
        File of the published weights on this machine, where one is named.
    source : Source
        Where they are published.
    size : callable
        Tells the bytes of a file that is not here.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    """
    if given is not None or params["path"] is not None:
        return named_status(given or resolve(params["path"], base))
    cached = source.cached()
    if cached is not None:
        return here(cached, source.url)
    return WeightsStatus(False, source.place, source.url, source.lacking, size)


def own_status(
    params: Mapping[str, Any], base: Path, given: Path | None
) -> WeightsStatus:
    """Say whether a file that only the user has is here; see `own_file`."""
    if given is None and params["path"] is None:
        return WeightsStatus(False, None, None)
    return named_status(given or resolve(params["path"], base))


def named_status(path: Path) -> WeightsStatus:
    """Say whether a file that is named is here."""
    return here(path) if path.is_file() else WeightsStatus(False, path, None)


def here(path: Path, url: str | None = None) -> WeightsStatus:
    """Say that weights are in this file."""
    return WeightsStatus(True, path, url, measure=lambda: path.stat().st_size)


def find_weights(
    params: Mapping[str, Any],
    base: Path,
    given: Path | None,
    source: Source,
    size: Callable[[], int | None],
    *,
    offline: bool,
) -> Path:
    """Return the file of the weights, downloaded if need be.

    Parameters
    ----------
    params, base, given, source, size
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
    here = status(params, base, given, source, size)
    if here.path is None:
        raise private()
    if here.found:
        path = here.path
    elif here.url is None:
        raise not_there(here.path)
    elif offline:
        raise _missing(here, source, "and nothing may be downloaded (offline)")
    else:
        try:
            path = source.download()
        except (OSError, ValueError) as error:
            raise _missing(
                here, source, f"and cannot be downloaded ({_reason(error)})"
            ) from error
    check_sha256(path, params["sha256"], here.url)
    return path


def own_keys(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameter that holds the sha256 of weights of one's own."""
    return () if params["path"] is None else ("sha256",)


def own_files(
    params: Mapping[str, Any], base: Path, given: Path | None
) -> Mapping[str, Path]:
    """Return the file of weights of one's own by that parameter; see `own_file`."""
    return {"sha256": own_file(params, base, given)}


def own_file(params: Mapping[str, Any], base: Path, given: Path | None = None) -> Path:
    """Return the file that `path` names, which must have the declared sha256.

    Parameters
    ----------
    params, base
        See `status`.
    given : Path, optional
        File of private weights, which have no path in their declaration.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When there is no such file, or it has another sha256.
    """
    if given is None and params["path"] is None:
        raise private()
    path = given or resolve(params["path"], base)
    if not path.is_file():
        raise not_there(path)
    check_sha256(path, params["sha256"], None)
    return path


def private(name: str = "NAME") -> DataError:
    """Say that weights which are not published have to be supplied by the user.

    Parameters
    ----------
    name : str
        Name of the encoder.
    """
    return DataError(
        what="the weights are not published, and no file of them is named",
        where=f"encoder '{name}'",
        hint=f"If you have them, name their file in the grid, as in [weights] {name} = "
        f'"FILE", or put {name}.pth into a folder and set {VARIABLE} to it; otherwise '
        "leave the encoder out.",
    )


def not_there(path: Path) -> DataError:
    """Say that a file of weights that is named is not there."""
    if path.is_dir():
        inside = sorted(each.name for each in path.iterdir() if each.is_file())
        return DataError(
            what=f"this is a folder; it holds {some(inside)}",
            where=str(path),
            hint="Name the file of the weights in it.",
        )
    return DataError(
        what="the file of the weights is not there",
        where=str(path),
        hint="A relative path starts at the folder of the declaring file.",
    )


def _missing(here: WeightsStatus, source: Source, why: str) -> DataError:
    about = f" (about {format_bytes(here.bytes)})" if here.bytes else ""
    thing = "file" if isinstance(source, UrlSource) else "folder"
    hint = f"On a machine with a network run the same, then bring its {thing} to "
    hint += f"{here.path}; or "
    if source.lacking:
        hint += f"put {' and '.join(source.lacking)} into it."
    else:
        hint += (
            "save the file anywhere and name it in the grid, as in [weights] NAME = "
            f'"FILE", or put NAME.pth into the folder that {VARIABLE} names.'
        )
    return DataError(
        what=f"the weights are not on this machine{about}, {why}",
        where=here.url or "",
        hint=hint,
    )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str | None, url: str | None) -> None:
    """Check what is declared, or was computed when the ingest began.

    Parameters
    ----------
    path : Path
        File to read.
    expected : str or None
        Its sha256; None checks nothing.
    url : str or None
        Where it can be had again.

    Raises
    ------
    DataError
        When it has another sha256.
    """
    if expected is None:
        return
    found = sha256_of(path)
    if found == expected.lower():
        return
    hint = "Remove the file to have it downloaded anew, or declare its sha256."
    if url is None:
        hint = "Name the right file, or declare this sha256; leave it alone meanwhile."
    raise DataError(
        what=f"the weights have the sha256 {found}, and {expected} is declared",
        where=str(path),
        hint=hint,
    )


def _reason(error: Exception) -> str:
    return one_line(error) or type(error).__name__
