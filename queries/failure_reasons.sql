-- name: failure_reasons
-- doc: one row per reason why cells that are wanted have no result
-- params:
--   $grid grid = null   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
-- columns:
--   reason text       status and reason of the newest run
--   cells bigint      cells that it holds for
-- reads: named_cell, unclosed_cell

with wanted as (
    select distinct cell_key
    from named_cell
    where is_shown(grid, is_current, $grid, [])
),

final as (
    select
        newest.status || ': ' || coalesce(newest.reason, '') as reason,
        count(*) as cells
    from wanted
    inner join unclosed_cell as newest using (cell_key)
    group by all
)

select
    reason,
    cells
from final
order by cells desc, reason;
