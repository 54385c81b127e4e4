-- name: missing_cells
-- doc: one row per cell that is wanted and was never run
-- params:
--   $grid grid = null             only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null       only this dataset
--   $encoder encoder = null       only this encoder
--   $reducer reducer = null       only this reducer
--   $clusterer clusterer = null   only this clusterer
--   $seed seed = null             only this seed
-- columns:
--   dataset text      name of the dataset
--   encoder text      name of the encoder
--   reducer text      name of the reducer
--   clusterer text    name of the clusterer
--   seed integer      seed of reducer and clusterer
--   cell_key text     key of the cell
-- reads: named_cell, run

with final as (
    select distinct
        cells.dataset,
        cells.encoder,
        cells.reducer,
        cells.clusterer,
        cells.seed,
        cells.cell_key
    from named_cell as cells
    anti join run using (cell_key)
    where
        is_shown(cells.grid, cells.is_current, $grid, [$dataset, $encoder, $reducer, $clusterer])
        and ($dataset is null or cells.dataset = $dataset)
        and ($encoder is null or cells.encoder = $encoder)
        and ($reducer is null or cells.reducer = $reducer)
        and ($clusterer is null or cells.clusterer = $clusterer)
        and ($seed is null or cells.seed = $seed)
)

select
    dataset,
    encoder,
    reducer,
    clusterer,
    seed,
    cell_key
from final
order by dataset, encoder, reducer, clusterer, seed, cell_key;
