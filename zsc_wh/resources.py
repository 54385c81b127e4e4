"""Find the data folders: ``schema``, ``queries``, ``ingest`` and ``reports``.

In a wheel they lie in ``zsc_wh/_data``; in a checkout, beside the package.
"""

from __future__ import annotations

from pathlib import Path

from zsc_wh.errors import SchemaError

FOLDERS = ("schema", "queries", "ingest", "reports")


def data_folder(name: str) -> Path:
    """Return the folder of shipped data called `name`, one of `FOLDERS`.

    Raises
    ------
    SchemaError
        When the installation holds no such folder.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "_data" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise SchemaError(
        what=f"the data folder '{name}' is missing from the installation",
        where=str(package),
        hint="Install zscwh again.",
    )
