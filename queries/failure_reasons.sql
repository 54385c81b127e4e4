-- name: failure_reasons
-- doc: one row per reason why cells have no result
-- params:
--   $grid text = null only cells of the newest declaration of this grid
-- columns:
--   reason text       status and reason of the newest run
--   cells bigint      cells that it holds for
-- reads: grid, grid_cell, run

with declared as (
    select
        grid_cell.cell_key,
        grid.name
    from grid
    inner join grid_cell using (grid_key)
    qualify dense_rank() over (
        partition by grid.name order by grid.declared_at desc, grid.grid_key
    ) = 1
),

newest as (
    select
        cell_key,
        arg_max(status || ': ' || coalesce(reason, ''), (shard_seq, started_at)) as reason,
        bool_or(status in ('done', 'not_converged', 'degenerate')) as closed
    from run
    group by cell_key
),

final as (
    select
        reason,
        count(*) as cells
    from newest
    where
        not closed
        and (
            $grid is null
            or cell_key in (select declared.cell_key from declared where declared.name = $grid)
        )
    group by reason
)

select
    reason,
    cells
from final
order by cells desc, reason;
