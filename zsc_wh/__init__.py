"""Zero-shot clustering of unseen image sets with frozen encoders.

``zsc_wh.open(path)`` gives a `Warehouse` with ``query(name, **params)``, ``sql(text)``
and ``load(folder)``; frames are polars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(path: str | Path) -> Warehouse:  # noqa: A001 - zsc_wh.open reads as intended
    """Return a handle on the warehouse file at `path`.

    It holds no lock between calls, so that an ingest can go on beside it.

    Raises
    ------
    SchemaError
        When there is no such file.
    """
    from zsc_wh.errors import SchemaError
    from zsc_wh.warehouse import Warehouse

    warehouse = Warehouse(path)
    if not warehouse.path.exists():
        raise SchemaError(
            what="there is no such warehouse",
            where=str(path),
            mend="`zscwh init` makes an empty one, `zscwh ingest` makes and fills one.",
        )
    return warehouse
