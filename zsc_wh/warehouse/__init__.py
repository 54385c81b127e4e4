"""The warehouse: the only importer of duckdb.

`Warehouse` is the handle; `Rows`, `LoadReport` and `Finding` are what it hands back.
Importing this package imports duckdb, so the command line imports it on use.
"""

from __future__ import annotations

from zsc_wh.warehouse.handle import Warehouse
from zsc_wh.warehouse.rows import Finding, LoadReport, Rows

__all__ = ["Finding", "LoadReport", "Rows", "Warehouse"]
