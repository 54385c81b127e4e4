-- name: coverage
-- doc: one row per grid (its newest declaration) and dataset, encoder, reducer or clusterer, with the cells by state
-- params:
--   $grid text = null       only this grid
--   $by text = 'dataset'    what the cells are counted by: dataset, encoder, reducer or clusterer
--   $dataset text = null    only cells of this dataset
--   $encoder text = null    only cells of this encoder
--   $reducer text = null    only cells of this reducer
--   $clusterer text = null  only cells of this clusterer
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
-- reads: grid, grid_cell, cell, run, dataset, encoder, reducer, clusterer

with newest as (
    select
        grid_key,
        name
    from grid
    where $grid is null or name = $grid
    qualify row_number() over (partition by name order by declared_at desc, grid_key) = 1
),

-- the first run that closes a cell counts; where none does, the newest one
judged as (
    select
        cell_key,
        status,
        status in ('done', 'not_converged', 'degenerate') as closes
    from run
    qualify row_number() over (
        partition by cell_key
        order by
            closes desc,
            case when closes then shard_seq else -shard_seq end,
            case when closes then epoch_us(started_at) else -epoch_us(started_at) end,
            run_key
    ) = 1
),

states as (
    select
        newest.name as grid,
        case $by
            when 'dataset' then dataset.name
            when 'encoder' then encoder.name
            when 'reducer' then reducer.name
            when 'clusterer' then clusterer.name
            else error('by must be dataset, encoder, reducer or clusterer')
        end as subject,
        coalesce(judged.status, 'missing') as state
    from newest
    inner join grid_cell using (grid_key)
    inner join cell using (cell_key)
    inner join dataset using (dataset_key)
    inner join encoder using (encoder_key)
    inner join reducer using (reducer_key)
    inner join clusterer using (clusterer_key)
    left join judged using (cell_key)
    where
        ($dataset is null or dataset.name = $dataset)
        and ($encoder is null or encoder.name = $encoder)
        and ($reducer is null or reducer.name = $reducer)
        and ($clusterer is null or clusterer.name = $clusterer)
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
        count(*) filter (where state = 'missing') as missing
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
    done + not_converged + degenerate as closed
from final
order by grid, subject;
