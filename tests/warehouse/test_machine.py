"""Faults of the machine during a load: no shard is blamed for them."""

from __future__ import annotations

import errno
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.warehouse.rows import finished, study
from zsc_wh.errors import LoadError, LockedError, SchemaError
from zsc_wh.shards import list_shards, write_shard
from zsc_wh.warehouse import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.warehouse import Warehouse

FAULTS = (errno.EMFILE, errno.ENOMEM, errno.EACCES, errno.EIO)


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with two good shards in its inbox."""
    write_shard(warehouse.inbox, study("a"), "x")
    write_shard(warehouse.inbox, finished("a", 1), "x")
    return warehouse


@pytest.mark.parametrize("fault", FAULTS, ids=errno.errorcode.get)
@pytest.mark.parametrize("name", ["manifest.json", "run.parquet"])
def test_a_file_that_the_machine_refuses_ends_the_load(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch, name: str, fault: int
) -> None:
    """The fault is named, and good shards stay where they are."""
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == name:
            raise OSError(fault, os.strerror(fault), str(path))
        return read(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        with pytest.raises(SchemaError, match=os.strerror(fault)) as caught:
            filled.load()
    assert not isinstance(caught.value, LoadError)
    assert filled.load().shards == 2


@pytest.mark.parametrize("fault", FAULTS, ids=errno.errorcode.get)
def test_a_file_that_duckdb_cannot_open_ends_the_load(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    """DuckDB has the fault in the words of the system."""

    def refuse(*_: object) -> int:
        message = f'IO Error: Cannot open file "x.parquet": {os.strerror(fault)}'
        raise duckdb.IOException(message)

    with monkeypatch.context() as patched:
        patched.setattr(load, "_insert", refuse)
        with pytest.raises(SchemaError, match="machine does not let"):
            filled.load()
    assert filled.load().shards == 2


@pytest.fixture
def spare_files(request: pytest.FixtureRequest) -> Iterator[int]:
    """Let this process open this many more files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare: int = request.param
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + spare, hard))
    yield spare
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("spare_files", range(1, 13), indirect=True)
def test_few_open_files_blame_no_shard(filled: Warehouse, spare_files: int) -> None:
    """However few there can be, a load is whole or stops with a message of ours."""
    del spare_files
    before = list_shards(filled.inbox)
    try:
        report = filled.load(wait_s=0)
    except LockedError:
        raise
    except SchemaError:
        assert list_shards(filled.inbox) == before
    else:
        assert (report.shards, report.bad) == (2, [])
