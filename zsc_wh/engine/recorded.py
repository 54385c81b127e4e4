"""What a warehouse already holds, as far as a plan needs to know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zsc_wh.engine.history import PAST, History, Past
from zsc_wh.records import CELL_NAMES
from zsc_wh.sqlfiles import array_tables, tables
from zsc_wh.work import provenance
from zsc_wh.work.requests import Request
from zsc_wh.work.session import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from zsc_wh.store import StoredArray
    from zsc_wh.warehouse import Warehouse

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class LastRun:
    """The newest attempt at a cell that none closed."""

    status: str
    reason: str | None
    over_limit_bytes: int | None


@dataclass(frozen=True)
class RecordedArray:
    """The array that the results of a warehouse were computed of.

    Parameters
    ----------
    sha256 : str
        Of its file.
    made_at_us : int
        When it was finished, in microseconds since 1970.
    """

    sha256: str
    made_at_us: int

    def is_exchanged(self, stored: StoredArray) -> bool:
        """Whether the store holds another array that cannot have been made since."""
        return stored.sha256 != self.sha256 and not self.is_made_again(stored)

    def is_made_again(self, stored: StoredArray) -> bool:
        """Whether the store holds another array that was made later.

        Other versions of libraries or another machine may give other last digits.
        """
        made = [
            (row["created_at"] - _EPOCH) // timedelta(microseconds=1)
            for table in array_tables()
            for row in stored.rows.get(table, ())
            if "created_at" in row
        ]
        return stored.sha256 != self.sha256 and max(made, default=0) > self.made_at_us


@dataclass(frozen=True)
class Meant:
    """What a name means in the warehouse: version of the name, and its declaration.

    Parameters
    ----------
    version : int
        Number of the meaning, from 1.
    said : mapping
        Column to value of the newest declaration, but for its time.
    """

    version: int
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Recorded:
    """State of a warehouse at one moment; empty for one that does not exist.

    Parameters
    ----------
    names : dict
        Table of names, name and dataset (of stored features, else None) to what the
        name means.
    keys : dict
        Table to the keys of its rows, of the tables that declarations fill.
    cells, grids : set of str
        Keys of declared cells and of grids.
    arrays : dict
        Key of each array to what was recorded of it.
    newest_grids : dict
        Name of a grid to the key of its newest declaration.
    grid_meanings : set of (grid, kind, name, dataset, meaning)
        What the names of the newest declarations of grids mean there.
    projections : set of str
        Keys of reductions that are kept for drawing.
    closed : dict
        Cell key to the key of the run that closed it first.
    last : dict
        Cell key to its newest attempt, for cells that no run closed.
    scores : dict
        Run key to the scores that it has.
    array_scores : set of (array key, label key, metric)
        Scores of true labels.
    weights : dict
        Encoder key to the sha256 of the weights that were loaded.
    probes : set of str
        Keys of the rows of probes.
    unreadable : dict
        Embedding key to the indices of the samples that it lacks, ascending.
    failed_tasks : dict
        Stage and key, and stage and title, of works whose newest task did not end
        well, to its status and reason; what was blocked is tried again and left out.
    history : History
        How forecasts held for the last tasks of this machine.
    """

    names: dict[tuple[str, str, str | None], Meant] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)
    cells: set[str] = field(default_factory=set)
    grids: set[str] = field(default_factory=set)
    newest_grids: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, RecordedArray] = field(default_factory=dict)
    grid_meanings: set[tuple[str, ...]] = field(default_factory=set)
    projections: set[str] = field(default_factory=set)
    closed: dict[str, str] = field(default_factory=dict)
    last: dict[str, LastRun] = field(default_factory=dict)
    scores: dict[str, set[Request]] = field(default_factory=dict)
    array_scores: set[tuple[str, str, str]] = field(default_factory=set)
    weights: dict[str, str] = field(default_factory=dict)
    probes: set[str] = field(default_factory=set)
    unreadable: dict[str, list[int]] = field(default_factory=dict)
    failed_tasks: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    history: History = field(default_factory=History)

    def meant(self, table: str, row: Mapping[str, Any]) -> Meant | None:
        """Return what the name of a row means in the warehouse, None where nothing."""
        return self.names.get((table, row["name"], row.get("dataset")))

    def says(self, table: str, row: Mapping[str, Any]) -> bool:
        """Whether the newest declaration of a name says what a row says."""
        meant = self.meant(table, row)
        return meant is not None and meant.said == {
            column: value for column, value in row.items() if column in meant.said
        }


def read_recorded(warehouse: Warehouse) -> Recorded:
    """Read the state in one connection; a warehouse that is not there is empty."""
    if not warehouse.path.exists():
        return Recorded()
    statements = {name: _newest_names(name) for name in _NAMES} | _KEYS | _QUERIES
    answers = warehouse.read_all(statements.values())
    found = dict(zip(statements, answers, strict=True))
    recorded = Recorded(
        keys={table: {key for (key,) in found[table]} for table in _KEYS},
        cells={key for (key,) in found["cells"]},
        grids={key for key, _, _ in found["grids"]},
        newest_grids={
            name: key for key, name, is_newest in found["grids"] if is_newest
        },
        arrays={key: RecordedArray(*rest) for key, *rest in found["arrays"]},
        grid_meanings=set(found["grid_meanings"]),
        projections={key for (key,) in found["projections"]},
        closed=dict(found["closed"]),
        last={key: LastRun(*rest) for key, *rest in found["last"]},
        array_scores=set(found["array_scores"]),
        weights=dict(found["weights"]),
        probes={key for (key,) in found["probes"]},
        unreadable=dict(found["unreadable"]),
        failed_tasks={
            (stage, key): (status, reason)
            for stage, key, status, reason in found["failed_tasks"]
        },
        history=History(
            {
                kind: Past(*rest)
                for host, kind, *rest in found["history"]
                if host == provenance.host()
            }
        ),
    )
    for table in _NAMES:
        columns = _said(table)
        for version, *values in found[table]:
            said = dict(zip(columns, values, strict=True))
            name = (table, said["name"], said.get("dataset"))
            recorded.names[name] = Meant(version, said)
    for run_key, *request in found["scores"]:
        recorded.scores.setdefault(run_key, set()).add(Request(*request))
    return recorded


def read_assignments(
    warehouse: Warehouse, run_keys: Iterable[str]
) -> dict[str, NDArray[np.int32]]:
    """Return the assignments of runs, by run key, without samples that are NULL."""
    rows = warehouse.read(
        "select run_key, labels from assignment "
        "where run_key in (select unnest($keys))",
        {"keys": list(run_keys)},
    )
    return {key: compact(labels) for key, labels in rows.rows}


_NAMES = tuple(f"{kind}_name" for kind in CELL_NAMES)


def _said(table: str) -> list[str]:
    """Return the columns of a table of names, but for the time of the declaration."""
    return [column for column in tables()[table].columns if column != "declared_at"]


def _newest_names(table: str) -> str:
    """Return SQL for the newest declaration of every name, its version first."""
    columns = ", ".join(f"{table}.{column}" for column in _said(table))
    return f"""
    select name_version.version, {columns}
    from name_version
    inner join {table}
        on
            name_version.name = {table}.name
            and name_version.meaning = {table}.meaning
            and name_version.declared_at = {table}.declared_at
    where name_version.kind || '_name' = '{table}' and name_version.is_current
    """  # noqa: S608 - fixed names


_KEYS = {
    table: f"select distinct {table}_key from {table}"  # noqa: S608 - fixed names
    for table in (*CELL_NAMES, "label", "listing")
} | {"label_level": "select distinct labelling_key from label_level"}
"""What declarations add only where it is not there."""

_QUERIES = {
    "cells": "select cell_key from cell",
    "grids": "select grid_key, name, is_newest from grid_version",
    "grid_meanings": """
    select grid_version.name, kind, grid_name.name, dataset, meaning
    from grid_name inner join grid_version using (grid_key)
    where is_newest
    """,
    "arrays": "select distinct key, sha256, epoch_us(created_at) from recorded_array",
    "projections": "select reduction_key from projection",
    "closed": "select cell_key, run_key from closing_run",
    "last": "select cell_key, status, reason, over_limit_bytes from unclosed_cell",
    "scores": """
    select run_key, metric, space, subset, label_key
    from score inner join closing_run using (run_key)
    """,
    "array_scores": "select array_key, label_key, metric from array_score",
    "weights": """
    select encoder_key, any_value(weights_sha256) from embedding
    where weights_sha256 is not null group by encoder_key
    """,
    "probes": "select probe_key from probe",
    "unreadable": """
    select embedding_key, list(sample_index order by sample_index)
    from unreadable_sample group by embedding_key
    """,
    "failed_tasks": """
    select
        stage,
        what,
        arg_max(status, started_at) as last_status,
        arg_max(coalesce(reason, ''), started_at)
    from (
        -- a work says itself by which of the two it is known
        select *, unnest([subject_key, subject]) as what from task
    )
    group by stage, what
    having last_status not in ('done', 'blocked')
    """,
    "history": PAST,
}
