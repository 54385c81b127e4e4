"""Zero-shot clustering of unseen image sets with frozen encoders.

``zsc_wh.open(path)`` gives a warehouse with ``query(name, **params)``, ``sql(text)``,
``assignments(cell)`` and more; frames are polars. ``zsc_wh.plan(grid)`` and
``zsc_wh.ingest(grid)`` fill one. Every error is a `ZscError`.
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
    from typing import Any

    from zsc_wh.opened import OpenWarehouse
    from zsc_wh.running import ingest, plan

__version__ = "0.1.0"
__all__ = [
    "ConfigError",
    "LockedError",
    "QueryError",
    "SchemaError",
    "StoreError",
    "ZscError",
    "__version__",
    "ingest",
    "open",
    "plan",
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


def __getattr__(name: str) -> Any:
    """Import what runs grids when it is asked for, so that the package stays light."""
    if name not in ("ingest", "plan"):
        missing = f"module '{__name__}' has no attribute '{name}'"
        raise AttributeError(missing)
    from zsc_wh import running

    return getattr(running, name)


def __dir__() -> list[str]:
    return [*__all__]
