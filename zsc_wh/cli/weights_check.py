"""The table of ``catalog encoders --check``: where weights are, or how to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import encoders
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.declare import Catalog, Encoder

_COLUMNS: Mapping[str, str] = {
    "encoder": "VARCHAR",
    "weights": "VARCHAR",
    "bytes": "BIGINT",
    "place": "VARCHAR",
    "url": "VARCHAR",
    "licence": "VARCHAR",
    "hint": "VARCHAR",
}


def check_weights(catalog: Catalog) -> Rows:
    """Return one row per encoder: whether its weights are here, and where they go.

    No server is asked. The size of a file that is not here is the published one
    (torchvision) or that of the architecture (timm, checkpoint).

    Raises
    ------
    MissingExtraError
        When a package that an encoder needs is not installed.
    """
    rows = [_row(encoder) for encoder in catalog.encoders.values()]
    return Rows(tuple(_COLUMNS), tuple(_COLUMNS.values()), rows)


def _row(encoder: Encoder) -> tuple[object, ...]:
    name, licence = encoder.name, encoder.licence
    given = encoders.in_folders(name) if encoders.takes_file(encoder.loader) else None
    try:
        found = encoders.weights_status(encoder.loader, encoder.source.parent, given)
    except (ConfigError, DataError) as error:
        return (name, "unknown", None, None, None, licence, str(error))
    if found is None:
        return (name, "none needed", None, None, None, licence, None)
    place = None if found.path is None else str(found.path)
    if found.found:
        return (name, "here", found.bytes, place, found.url, licence, None)
    if found.url is not None:
        hint = (
            f"an ingest downloads it; or save it as {name}.pth in a folder that "
            f"{encoders.VARIABLE} names"
        )
        state = "to download"
    else:
        fault = (
            encoders.private(name)
            if found.path is None
            else encoders.not_there(found.path)
        )
        hint, state = f"{fault.what}. {fault.mend}", "missing"
    return (name, state, found.bytes, place, found.url, licence, hint)
