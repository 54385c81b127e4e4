"""The write-ahead log beside a warehouse file, and what becomes of a damaged one."""

from __future__ import annotations

from pathlib import Path

from zsc_wh.errors import SchemaError


class DamagedLogError(SchemaError):
    """The write-ahead log that a killed writer left cannot be replayed."""


def log_of(path: Path) -> Path:
    """Return where DuckDB keeps the write-ahead log of a file."""
    return Path(f"{path}.wal")


def damaged_log(path: Path) -> DamagedLogError:
    """Make the error of a log that DuckDB cannot replay."""
    return DamagedLogError(
        what="the write-ahead log is damaged",
        where=str(log_of(path)),
        hint="The next 'zscwh load' sets it aside and loads again what it held.",
    )


def set_log_aside(path: Path) -> SchemaError:
    """Move a damaged log away; what it held is still in the inbox as shards."""
    log = log_of(path)
    target = log.with_name(f"{log.name}.bad")
    while target.exists():
        target = target.with_name(f"{target.name}.again")
    log.rename(target)
    return SchemaError(
        what=f"the write-ahead log was damaged and now lies at {target}",
        where=str(path),
        hint="Try again: shards that it held are still in the inbox.",
    )
