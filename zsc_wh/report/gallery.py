"""Small images of what clusters hold, a line per cluster."""

from __future__ import annotations

from base64 import b64encode
from itertools import groupby
from typing import TYPE_CHECKING, Any

from zsc_wh.report.figure import Gallery, Row, Strip, Thumb
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMAGE = "thumbnail"
"""Key under which `cell_images.Drawn` holds an image; no column, so no table has it."""

_PNG = b"\x89PNG"


def thumbnails(rows: Sequence[Row], options: Mapping[str, Any]) -> Gallery:
    """Put the images of each cluster on a line, in the order of the rows."""
    name, label = options["name"], options["label"]
    strips = []
    for cluster, own in groupby(rows, key=lambda row: row[options["cluster"]]):
        chosen = list(own)
        n = chosen[0][options["n"]]
        strips.append(
            Strip(
                pick=str(cluster),
                title="Noise" if cluster == -1 else f"Cluster {cluster}",
                note=counted(n, "sample"),
                thumbs=tuple(
                    Thumb(
                        _address(row[IMAGE]),
                        row[name]
                        if row[label] is None
                        else f"{row[label]}: {row[name]}",
                    )
                    for row in chosen
                ),
            )
        )
    return Gallery(tuple(strips))


def _address(image: bytes) -> str:
    kind = "png" if image.startswith(_PNG) else "jpeg"
    return f"data:image/{kind};base64,{b64encode(image).decode()}"
