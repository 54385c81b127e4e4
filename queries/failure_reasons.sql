-- name: failure_reasons
-- doc: one row per reason why cells have no result
-- params:
--   $grid text = null only cells of the newest declaration of this grid
-- columns:
--   reason text       status and reason of the newest run
--   cells bigint      cells that it holds for
-- reads: declared_cell, run

with newest as (
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
            or cell_key in (select declared_cell.cell_key from declared_cell where declared_cell.grid = $grid)
        )
    group by reason
)

select
    reason,
    cells
from final
order by cells desc, reason;
