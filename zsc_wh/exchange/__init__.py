"""Results that come and go: whole warehouses as Parquet, runs tracked elsewhere.

`export` writes a warehouse to a folder and `restore` reads such a folder back;
`import_runs` reads a table of runs that something else tracked. Importing this package
imports none of the heavy libraries.
"""

from __future__ import annotations

from zsc_wh.exchange.backup import export, restore
from zsc_wh.exchange.tracked import Imported, import_runs

__all__ = ["Imported", "export", "import_runs", "restore"]
