"""Processes for tests: ``python -m tests.warehouse.worker COMMAND WAREHOUSE ...``."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import duckdb

from tests.warehouse.rows import finished, joined, study
from zsc_wh.errors import ZscError
from zsc_wh.shards import write_shard
from zsc_wh.warehouse import Warehouse, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


def command(*args: object) -> list[str]:
    """Return the command line of a worker."""
    return [sys.executable, "-m", "tests.warehouse.worker", *map(str, args)]


def start(*args: object, **env: str) -> subprocess.Popen[str]:
    """Start a worker; its output comes through a pipe."""
    return subprocess.Popen(
        command(*args),
        cwd=ROOT,
        env=os.environ | env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(*args: object, **env: str) -> tuple[int, Any]:
    """Run a worker to its end; return its exit status and what it said."""
    with start(*args, **env) as process:
        said, _ = process.communicate()
    return process.returncode, json.loads(said) if said else None


@contextmanager
def holding(*args: object) -> Iterator[subprocess.Popen[str]]:
    """Run a worker while it holds something; it lets go when its input ends."""
    with start(*args) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.communicate()


def say(value: object) -> None:
    sys.stdout.write(json.dumps(value))
    sys.stdout.flush()


def hold() -> None:
    """Keep what is held until the parent closes the pipe."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


def hold_connection(warehouse: Warehouse, read_only: str) -> None:
    """Have the file open, as a process that is not ours would."""
    with duckdb.connect(str(warehouse.path), read_only=read_only == "read"):
        hold()


def hold_turn(warehouse: Warehouse) -> None:
    """Have the turn to write."""
    warehouse.write(lambda _: hold())


def load_rounds(warehouse: Warehouse, name: str, rounds: str) -> None:
    """Write shards of its own and shared ones, and load both, again and again."""
    own = Path(f"{warehouse.path}.{name}")
    rows = 0
    for turn in range(int(rounds)):
        mine, ours = finished(name, turn), finished("shared", turn)
        write_shard(own, joined(mine, ours), name)
        write_shard(warehouse.inbox, joined(ours, finished(name, turn + 100)), name)
        for folder in (own, None):
            report = warehouse.load(folder, wait_s=120)
            rows += report.rows
            if report.bad:
                raise AssertionError(report.bad)
    say(rows)


def read_on(warehouse: Warehouse) -> None:
    """Read until the parent closes the pipe; every state must be a whole one."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    os.set_blocking(sys.stdin.fileno(), False)
    seen = [0]
    while sys.stdin.buffer.read(1) is None:
        ((runs, scores, assignments),) = warehouse.read(
            "select (select count(*) from run), (select count(*) from score),"
            " (select count(*) from assignment)"
        ).rows
        if scores != 2 * runs or assignments != runs or runs < seen[-1]:
            raise AssertionError((seen[-1], runs, scores, assignments))
        seen.append(int(runs))
    say(len(seen))


def load_once(warehouse: Warehouse) -> None:
    """Load the inbox and say what came of it."""
    try:
        report = warehouse.load()
    except ZscError as error:
        say(type(error).__name__)
    else:
        say([report.shards, report.rows, report.known])


def load_and_die(warehouse: Warehouse, point: str) -> None:
    """Be killed at a point of the load."""

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def commit_and_die(*args: Any) -> None:
        die(load_shards(*args))

    load_shards = load._load_shards
    deadly = {
        "in the transaction": ("load.require_clean", die),
        "after the commit": ("load._load_shards", commit_and_die),
        "before the removal": ("load.remove_loaded", die),
        "in the removal": ("inbox.remove_tree", die),
    }
    name, step = deadly[point]
    with patch(f"zsc_wh.warehouse.{name}", step):
        warehouse.load()


def load_with_limit(warehouse: Warehouse, limit: str) -> None:
    """Load while no file can grow beyond a limit, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    load_once(warehouse)


def make(warehouse: Warehouse) -> None:
    """Make a warehouse with one cell."""
    write_shard(warehouse.inbox, study("a"), "made")
    load_once(warehouse)


def look(warehouse: Warehouse) -> None:
    """Say which DuckDB this is, and what is in the warehouse."""
    rows = warehouse.run_sql("select count(*) from score").rows
    results = warehouse.run_query("results")
    ami = results.rows[0][results.columns.index("ami")]
    say([duckdb.__version__, rows[0][0], ami])


COMMANDS: dict[str, Callable[..., None]] = {
    "hold-connection": hold_connection,
    "hold-turn": hold_turn,
    "load": load_once,
    "load-rounds": load_rounds,
    "load-and-die": load_and_die,
    "load-with-limit": load_with_limit,
    "look": look,
    "make": make,
    "read-on": read_on,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](Warehouse(sys.argv[2]), *sys.argv[3:])
