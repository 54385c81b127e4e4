"""What a warehouse already holds, as far as a plan needs to know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from zsc_wh.stages.score import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class LastRun:
    """The newest attempt at a cell that none closed."""

    status: str
    reason: str | None
    over_limit_bytes: int | None


@dataclass(frozen=True)
class Recorded:
    """State of a warehouse at one moment; empty for one that does not exist.

    Parameters
    ----------
    names : dict
        For encoder, dataset, reducer and clusterer: name to key.
    cells, grids, arrays : set of str
        Keys of declared cells, of grids, and of embeddings and reductions.
    newest_grids : dict
        Name of a grid to the key of its newest declaration.
    projections : set of str
        Keys of reductions that are kept for drawing.
    closed : dict
        Cell key to the key of the run that closed it first.
    last : dict
        Cell key to its newest attempt, for cells that no run closed.
    scores : dict
        Run key to the scores that it has.
    array_scores : set of (array key, level, metric)
        Scores of true labels.
    weights : dict
        Encoder key to the sha256 of the weights that were loaded.
    probes : set of str
        Keys of the rows of probes.
    unreadable : dict
        Embedding key to the indices of the samples that it lacks, ascending.
    failed_tasks : dict
        Stage and subject of embeddings and probes whose newest task did not end well,
        to its status and reason.
    """

    names: dict[str, dict[str, str]] = field(default_factory=dict)
    cells: set[str] = field(default_factory=set)
    grids: set[str] = field(default_factory=set)
    newest_grids: dict[str, str] = field(default_factory=dict)
    arrays: set[str] = field(default_factory=set)
    projections: set[str] = field(default_factory=set)
    closed: dict[str, str] = field(default_factory=dict)
    last: dict[str, LastRun] = field(default_factory=dict)
    scores: dict[str, set[Request]] = field(default_factory=dict)
    array_scores: set[tuple[str, str, str]] = field(default_factory=set)
    weights: dict[str, str] = field(default_factory=dict)
    probes: set[str] = field(default_factory=set)
    unreadable: dict[str, list[int]] = field(default_factory=dict)
    failed_tasks: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


def read_recorded(warehouse: Warehouse) -> Recorded:
    """Read the state in one connection; a warehouse that is not there is empty."""
    if not warehouse.path.exists():
        return Recorded()
    (
        names,
        cells,
        grids,
        arrays,
        projections,
        closed,
        last,
        scores,
        array_scores,
        weights,
        probes,
        unreadable,
        failed_tasks,
    ) = warehouse.read_all(_QUERIES)
    recorded = Recorded(
        names={kind: {} for kind in ("encoder", "dataset", "reducer", "clusterer")},
        cells={key for (key,) in cells},
        grids={key for key, _, _ in grids},
        newest_grids={name: key for key, name, is_newest in grids if is_newest},
        arrays={key for (key,) in arrays},
        projections={key for (key,) in projections},
        closed=dict(closed),
        last={key: LastRun(*rest) for key, *rest in last},
        array_scores=set(array_scores),
        weights=dict(weights),
        probes={key for (key,) in probes},
        unreadable=dict(unreadable),
        failed_tasks={
            (stage, subject): (status, reason)
            for stage, subject, status, reason in failed_tasks
        },
    )
    for kind, name, key in names:
        recorded.names[kind][name] = key
    for run_key, metric, space, subset, level in scores:
        recorded.scores.setdefault(run_key, set()).add(
            Request(metric, space, subset, level)
        )
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


def compact(labels: Iterable[int | None]) -> NDArray[np.int32]:
    """Return an assignment as it was found: of the samples that could be read."""
    return np.array([each for each in labels if each is not None], dtype=np.int32)


_QUERIES = (
    """
    select 'encoder', name, encoder_key from encoder
    union all select 'dataset', name, dataset_key from dataset
    union all select 'reducer', name, reducer_key from reducer
    union all select 'clusterer', name, clusterer_key from clusterer
    """,
    "select cell_key from cell",
    """
    select grid_key, name, row_number() over (
        partition by name order by declared_at desc, grid_key
    ) = 1
    from grid
    """,
    """
    select embedding_key from embedding
    union all select reduction_key from reduction
    """,
    "select reduction_key from projection",
    "select cell_key, run_key from closing_run",
    "select cell_key, status, reason, over_limit_bytes from unclosed_cell",
    """
    select run_key, metric, space, subset, level
    from score inner join closing_run using (run_key)
    """,
    "select array_key, level, metric from array_score",
    """
    select encoder_key, any_value(weights_sha256) from embedding
    where weights_sha256 is not null group by encoder_key
    """,
    "select probe_key from probe",
    """
    select embedding_key, list(sample_index order by sample_index)
    from unreadable_sample group by embedding_key
    """,
    """
    select stage, subject, status, coalesce(reason, '')
    from (
        select * from task where stage in ('embed', 'probe')
        qualify row_number() over (
            partition by stage, subject order by started_at desc, task_id
        ) = 1
    )
    where status <> 'done'
    """,
)
