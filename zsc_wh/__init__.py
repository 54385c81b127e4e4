"""Zero-shot clustering of unseen image sets with frozen encoders.

``zsc_wh.open(path)`` gives a warehouse with ``query(name, **params)``, ``sql(text)``,
``assignments(cell)`` and more; frames are polars. Every error is a `ZscError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.errors import (
    ConfigError,
    LockedError,
    QueryError,
    SchemaError,
    StoreError,
    ZscError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.opened import OpenWarehouse

__version__ = "0.1.0"
__all__ = [
    "ConfigError",
    "LockedError",
    "QueryError",
    "SchemaError",
    "StoreError",
    "ZscError",
    "__version__",
    "open",
]


def open(path: str | Path) -> OpenWarehouse:  # noqa: A001 - zsc_wh.open reads as intended
    """Return a handle on the warehouse file at `path`.

    It holds no lock between calls, so that an ingest can go on beside it.

    Parameters
    ----------
    path : str or Path
        The file; ``~`` is the home folder.

    Raises
    ------
    SchemaError
        When there is no such file.
    """
    import pathlib

    from zsc_wh.opened import OpenWarehouse

    warehouse = OpenWarehouse(pathlib.Path(path).expanduser())
    warehouse.require_file()
    return warehouse
