-- name: coverage
-- doc: one row per grid and dataset, encoder, reducer or clusterer, with the cells by state
-- params:
--   $grid grid = null             only this grid (mine), or what it was before (mine@1); NULL: the newest declaration of each
--   $by text(dataset, encoder, reducer, clusterer) = 'dataset'  what the cells are counted by: dataset, encoder, reducer or clusterer
--   $dataset dataset = null       only cells of this dataset
--   $encoder encoder = null       only cells of this encoder
--   $reducer reducer = null       only cells of this reducer
--   $clusterer clusterer = null   only cells of this clusterer
-- columns:
--   grid text              name of the grid
--   subject text           name of the dataset, encoder, reducer or clusterer
--   cells bigint           cells that the grid declares
--   done bigint            cells closed without remark
--   not_converged bigint   cells closed although the method did not converge
--   degenerate bigint      cells closed with one cluster, or with noise alone
--   failed bigint          cells whose newest run failed
--   oom bigint             cells whose newest run ran out of memory
--   timeout bigint         cells whose newest run ran out of time
--   killed bigint          cells whose newest run was killed
--   skipped bigint         cells whose newest run was skipped
--   missing bigint         cells that were never run
--   closed bigint          cells that have a result: done, not_converged and degenerate
-- reads: named_cell, closing_run, unclosed_cell

with states as (
    select distinct
        cells.grid,
        case $by
            when 'dataset' then cells.dataset
            when 'encoder' then cells.encoder
            when 'reducer' then cells.reducer
            when 'clusterer' then cells.clusterer
        end as subject,
        cells.cell_key,
        -- the first run that closes a cell counts; where none does, the newest one
        coalesce(closing_run.status, unclosed_cell.status, 'missing') as state,
        closing_run.cell_key is not null as is_closed
    from named_cell as cells
    left join closing_run using (cell_key)
    left join unclosed_cell using (cell_key)
    where
        cells.grid is not null
        and case when $grid is null then cells.is_current else cells.grid = $grid end
        and ($dataset is null or cells.dataset = $dataset)
        and ($encoder is null or cells.encoder = $encoder)
        and ($reducer is null or cells.reducer = $reducer)
        and ($clusterer is null or cells.clusterer = $clusterer)
),

final as (
    select
        grid,
        subject,
        count(*) as cells,
        count(*) filter (where state = 'done') as done,
        count(*) filter (where state = 'not_converged') as not_converged,
        count(*) filter (where state = 'degenerate') as degenerate,
        count(*) filter (where state = 'failed') as failed,
        count(*) filter (where state = 'oom') as oom,
        count(*) filter (where state = 'timeout') as timeout,
        count(*) filter (where state = 'killed') as killed,
        count(*) filter (where state = 'skipped') as skipped,
        count(*) filter (where state = 'missing') as missing,
        count(*) filter (where is_closed) as closed
    from states
    group by grid, subject
)

select
    grid,
    subject,
    cells,
    done,
    not_converged,
    degenerate,
    failed,
    oom,
    timeout,
    killed,
    skipped,
    missing,
    closed
from final
order by grid, subject;
