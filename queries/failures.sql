-- name: failures
-- doc: one row per cell that is wanted, was tried and that no run closed, with its newest run
-- params:
--   $grid grid = null             only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null       only this dataset
--   $encoder encoder = null       only this encoder
--   $reducer reducer = null       only this reducer
--   $clusterer clusterer = null   only this clusterer
--   $seed seed = null             only this seed
--   $status text(failed, oom, timeout, killed, skipped) = null  only this status of the newest run
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
-- reads: named_cell, unclosed_cell, run

with attempts as (
    select
        cell_key,
        count(*) as attempts
    from run
    group by cell_key
),

final as (
    select distinct
        cells.encoder,
        cells.dataset,
        cells.reducer,
        cells.clusterer,
        cells.seed,
        newest.status,
        newest.reason,
        attempts.attempts,
        newest.started_at,
        newest.host,
        cells.cell_key
    from named_cell as cells
    inner join unclosed_cell as newest using (cell_key)
    inner join attempts using (cell_key)
    where
        is_shown(cells.grid, cells.is_current, $grid, [$dataset, $encoder, $reducer, $clusterer])
        and ($dataset is null or cells.dataset = $dataset)
        and ($encoder is null or cells.encoder = $encoder)
        and ($reducer is null or cells.reducer = $reducer)
        and ($clusterer is null or cells.clusterer = $clusterer)
        and ($seed is null or cells.seed = $seed)
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
