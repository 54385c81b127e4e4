"""Hand an Arrow stream over without the object that it came from.

polars remembers the classes of what frames were made of. If it remembered those of
duckdb, DuckDB 2.0 would complain about leaked objects when Python ends; so this module
must not import duckdb.
"""

from __future__ import annotations


class Stream:
    """An Arrow C stream, to be read once."""

    def __init__(self, capsule: object) -> None:
        self._capsule = capsule

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._capsule
