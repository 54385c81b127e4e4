"""Files of weights that an ingest would not find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.encoders.loaders import LOADERS
from zsc_wh.encoders.weights import not_there

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def missing_weights(
    loader: Mapping[str, Any], base: Path, given: Path | None, *, offline: bool
) -> Iterator[str]:
    """Yield the file of the weights of an encoder unless it is here or can be fetched.

    Parameters
    ----------
    loader : mapping
        Complete parameters of the encoder's loader.
    base : Path
        Folder of the file that declares it.
    given : Path or None
        File that the user names for published weights.
    offline : bool
        Whether nothing can be fetched.
    """
    spec = LOADERS[loader["kind"]]
    if spec.weights is None:
        return
    if given is not None or loader["path"] is not None:
        # looked at by hand: the libraries of the networks take seconds to import
        path = given or resolve(loader["path"], base)
        if not path.is_file():
            yield f"{path}" + (f": {not_there(path).what}" if path.is_dir() else "")
    elif offline:
        status = spec.weights(loader, base, None)
        if status is not None and not status.found:
            size = f" ({status.bytes / 2**20:.0f} MiB)" if status.bytes else ""
            yield f"{status.path}{size}, published at {status.url}"
