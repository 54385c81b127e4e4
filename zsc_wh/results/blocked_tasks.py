"""Tasks that the declaration, its files or the machine did not let run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse


class Blocked(NamedTuple):
    """A task that was blocked: its stage, what it was to compute, and why not."""

    stage: str
    subject: str
    reason: str


def blocked_tasks(warehouse: Warehouse, grid: str | None = None) -> list[Blocked]:
    """Return the tasks that are still wanted and that were blocked when last tried.

    The next ingest tries them again.

    Parameters
    ----------
    warehouse : Warehouse
        Where they are recorded.
    grid : str, optional
        Label of the grid that wants them; without, any grid as it is declared now.
    """
    rows = warehouse.read(_BLOCKED, {"grid": grid})
    return [Blocked(*row) for row in rows.rows]


_BLOCKED = """
with asked as (
    select grid, grid_key
    from grid_version
    where case when $grid is null then is_newest else grid = $grid end
),

wanted as (
    select unnest([cell_key, embedding_key, reduction_key]) as key
    from cell
    where
        cell_key in (
            select grid_cell.cell_key from grid_cell semi join asked using (grid_key)
        )
),

unwanted as (
    select unnest([cell_key, embedding_key, reduction_key]) as key from cell
    except
    select key from wanted
),

-- what the grids embed: titles of tasks begin with it, those of train sets too
embedded as (
    select distinct grid_name.name || ' / ' || grid_name.dataset as title
    from grid_name
    semi join asked using (grid_key)
    where grid_name.kind = 'encoder'
),

-- the same can have been made for another grid, under another title
made as (
    select 'embed' as stage, embedding_key as key from embedding
    union all
    select 'reduce', reduction_key from reduction
    union all
    select 'cluster', cell_key from closing_run
),

newest as (
    select
        *,
        regexp_replace(subject, '^distances in ', '') || ' / ' as title
    from task
    qualify row_number() over (
        partition by stage, subject order by started_at desc, task_id
    ) = 1
)

select
    newest.stage,
    newest.subject,
    newest.reason
from newest
semi join embedded on starts_with(newest.title, embedded.title || ' / ')
anti join unwanted on newest.subject_key = unwanted.key
anti join made on newest.stage = made.stage and newest.subject_key = made.key
where newest.status = 'blocked'
order by newest.started_at, newest.subject
"""
