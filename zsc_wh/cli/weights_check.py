"""The table of ``catalog encoders --check``: where weights are, or how to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import encoders
from zsc_wh.errors import ConfigError, DataError, MissingExtraError
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


def check_weights(catalog: Catalog, progress: Callable[[str, int, int], None]) -> Rows:
    """Return one row per encoder: whether its weights are here, and where they go.

    Parameters
    ----------
    catalog : Catalog
        Its encoders are looked at.
    progress : callable
        Told before each: its name, how many are done, how many there are.

    No server is asked. The size of a file that is not here is the published one
    (torchvision) or that of the architecture (timm, checkpoint).

    Raises
    ------
    MissingExtraError
        When a package that an encoder needs is not installed.
    """
    rows, total = [], len(catalog.encoders)
    for done, encoder in enumerate(catalog.encoders.values()):
        progress(encoder.name, done, total)
        rows.append(_row(encoder))
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
    state = "missing" if found.url is None else "to download"
    hints = [] if found.found else [encoders.how_to_get(found, name)]
    require = encoders.LOADERS[encoder.loader["kind"]].require
    try:
        if require is not None:
            require()
    except MissingExtraError as error:
        hints.append(str(error))
    hint = " ".join(hints) or None
    state = "here" if found.found else state
    return (name, state, found.bytes, place, found.url, licence, hint)
