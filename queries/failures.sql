-- name: failures
-- doc: one row per cell that was tried and that no run closed, with its newest run
-- params:
--   $grid text = null       only cells of the newest declaration of this grid
--   $dataset text = null    only this dataset
--   $encoder text = null    only this encoder
--   $reducer text = null    only this reducer
--   $clusterer text = null  only this clusterer
--   $seed integer = null    only this seed
--   $status text = null     only this status of the newest run
-- columns:
--   encoder text            name of the encoder
--   dataset text            name of the dataset
--   reducer text            name of the reducer
--   clusterer text          name of the clusterer
--   seed integer            seed of reducer and clusterer
--   status text             failed, oom, timeout, killed or skipped
--   reason text             why, in the words of the run
--   attempts bigint         runs of the cell so far
--   started_at timestamptz  when the newest run began
--   host text               machine of the newest run
--   cell_key text           key of the cell
-- reads: declared_cell, cell, run, dataset, encoder, reducer, clusterer

with newest as (
    select
        *,
        count(*) over (partition by cell_key) as attempts,
        bool_or(status in ('done', 'not_converged', 'degenerate')) over (
            partition by cell_key
        ) as closed
    from run
    qualify row_number() over (
        partition by cell_key order by shard_seq desc, started_at desc, run_key
    ) = 1
),

final as (
    select
        encoder.name as encoder,
        dataset.name as dataset,
        reducer.name as reducer,
        clusterer.name as clusterer,
        cell.seed,
        newest.status,
        newest.reason,
        newest.attempts,
        newest.started_at,
        newest.host,
        cell.cell_key
    from newest
    inner join cell using (cell_key)
    inner join encoder using (encoder_key)
    inner join dataset using (dataset_key)
    inner join reducer using (reducer_key)
    inner join clusterer using (clusterer_key)
    where
        not newest.closed
        and (
            $grid is null
            or cell.cell_key in (
                select declared_cell.cell_key from declared_cell where declared_cell.grid = $grid
            )
        )
        and ($dataset is null or dataset.name = $dataset)
        and ($encoder is null or encoder.name = $encoder)
        and ($reducer is null or reducer.name = $reducer)
        and ($clusterer is null or clusterer.name = $clusterer)
        and ($seed is null or cell.seed = $seed)
        and ($status is null or newest.status = $status)
)

select
    encoder,
    dataset,
    reducer,
    clusterer,
    seed,
    status,
    reason,
    attempts,
    started_at,
    host,
    cell_key
from final
order by dataset, encoder, reducer, clusterer, seed, cell_key;
