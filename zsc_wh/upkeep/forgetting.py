"""Reopen cells: remove their runs, and free arrays that nothing else uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.store import Store
from zsc_wh.upkeep.pruning import drop_array_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class Forgotten:
    """What was removed: runs, stored arrays, and the bytes that these took."""

    runs: int
    arrays: int
    freed_bytes: int


def matching_cells(
    warehouse: Warehouse,
    *,
    cell: str | None = None,
    encoder: str | None = None,
    dataset: str | None = None,
    reducer: str | None = None,
    clusterer: str | None = None,
    seed: int | None = None,
    status: str | None = None,
) -> list[str]:
    """Return the keys of cells that have a run and meet all criteria given."""
    rows = warehouse.read(
        """
        select distinct cell.cell_key
        from cell
        inner join run using (cell_key)
        inner join encoder using (encoder_key)
        inner join dataset using (dataset_key)
        inner join reducer using (reducer_key)
        inner join clusterer using (clusterer_key)
        where
            ($cell is null or starts_with(cell.cell_key, $cell))
            and ($encoder is null or encoder.name = $encoder)
            and ($dataset is null or dataset.name = $dataset)
            and ($reducer is null or reducer.name = $reducer)
            and ($clusterer is null or clusterer.name = $clusterer)
            and ($seed is null or cell.seed = $seed)
            and ($status is null or run.status = $status)
        order by all
        """,
        {
            "cell": cell,
            "encoder": encoder,
            "dataset": dataset,
            "reducer": reducer,
            "clusterer": clusterer,
            "seed": seed,
            "status": status,
        },
    )
    return [str(key) for (key,) in rows.rows]


def forget_cells(
    warehouse: Warehouse, cells: Sequence[str], *, arrays: bool = False
) -> Forgotten:
    """Remove the runs of `cells` and all that hangs on them, in one transaction.

    Parameters
    ----------
    warehouse : Warehouse
        Where they are recorded.
    cells : sequence of str
        Keys of cells.
    arrays : bool
        Free the arrays that only these cells use, and remove their rows.
    """
    params = {"cells": list(cells)}

    def remove(connection: Any) -> tuple[int, list[str]]:
        runs = connection.execute(
            "select run_key from run where cell_key in (select unnest($cells))", params
        ).fetchall()
        keys = {"keys": [key for (key,) in runs]}
        for table in ("score", "assignment", "run"):
            connection.execute(
                f"delete from {table} where run_key in (select unnest($keys))",  # noqa: S608 - fixed names
                keys,
            )
        if not arrays:
            return len(runs), []
        freed = [key for (key,) in connection.execute(_UNUSED, params).fetchall()]
        drop_array_rows(connection, freed)
        return len(runs), freed

    n_runs, freed = warehouse.write(remove)
    store = Store(warehouse.store_path)
    sizes = [size for key in freed if (size := store.delete(key))]
    return Forgotten(n_runs, len(sizes), sum(sizes))


_UNUSED = """
with used as (
    -- cells that keep a result keep their arrays
    select embedding_key, reduction_key
    from cell
    where
        cell_key not in (select unnest($cells))
        and cell_key in (select cell_key from run)
    -- and probes keep their embeddings
    union all
    select train_embedding_key, null from probe
    union all
    select test_embedding_key, null from probe
),

mine as (
    select embedding_key, reduction_key from cell
    where cell_key in (select unnest($cells))
)

select reduction_key
from reduction
where
    embedding_key in (select embedding_key from mine)
    and reduction_key not in (
        select reduction_key from used where reduction_key is not null
    )
    and (
        reduction_key in (select reduction_key from mine)
        -- maps and UMAP spaces belong to the embedding and go with it
        or embedding_key not in (select embedding_key from used)
    )
union
select embedding_key
from mine
where embedding_key not in (select embedding_key from used)
"""
