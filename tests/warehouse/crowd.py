"""Many processes that load into one warehouse and read from it at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.warehouse.rows import N_FINISHED, declared, key
from tests.warehouse.worker import start
from zsc_wh.shards import list_shards, write_shard

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse


def runs(warehouse: Warehouse) -> list[str]:
    """Return the key of every run, and check that the rows of each are whole."""
    rows = warehouse.read(
        "select run_key, count(distinct metric), count(distinct assignment.run_key)"
        " from run left join score using (run_key) left join assignment using (run_key)"
        " group by run_key order by 1"
    ).rows
    assert {(scores, assignments) for _, scores, assignments in rows} <= {(2, 1)}
    return [run_key for run_key, _, _ in rows]


def check_crowd(
    warehouse: Warehouse, n_loaders: int, n_readers: int, rounds: int
) -> tuple[int, int]:
    """Let loaders and readers work at once; every row must be there, once.

    Returns how many runs were loaded, and how often the warehouse was read.
    """
    names = [f"c{i}" for i in range(n_loaders)]
    write_shard(warehouse.inbox, declared(*names, "shared"), "x")
    warehouse.load()
    with ExitStack() as stack:
        readers = [
            stack.enter_context(start("read-on", warehouse.path))
            for _ in range(n_readers)
        ]
        loaders = [
            stack.enter_context(start("load-rounds", warehouse.path, name, rounds))
            for name in names
        ]
        acknowledged = [int(loader.communicate()[0]) for loader in loaders]
        reads = [reader.communicate()[0] for reader in readers]
    assert [process.returncode for process in loaders + readers] == [0] * (
        n_loaders + n_readers
    )
    wanted = [("shared", turn) for turn in range(rounds)]
    for turn in range(rounds):
        wanted += [(name, turn) for name in names]
        wanted += [(name, turn + 100) for name in names]
    assert runs(warehouse) == sorted(key("run", *each) for each in wanted)
    assert sum(acknowledged) == N_FINISHED * len(wanted)
    assert all(int(said.removeprefix("ready\n")) > 1 for said in reads)
    assert list_shards(warehouse.inbox) == []
    assert warehouse.audit() == []
    return len(wanted), sum(int(said.removeprefix("ready\n")) for said in reads)
