-- name: missing_cells
-- doc: one row per cell that was declared and never run
-- params:
--   $grid text = null       only cells of the newest declaration of this grid
--   $dataset text = null    only this dataset
--   $encoder text = null    only this encoder
--   $reducer text = null    only this reducer
--   $clusterer text = null  only this clusterer
--   $seed integer = null    only this seed
-- columns:
--   dataset text      name of the dataset
--   encoder text      name of the encoder
--   reducer text      name of the reducer
--   clusterer text    name of the clusterer
--   seed integer      seed of reducer and clusterer
--   cell_key text     key of the cell
-- reads: cell, run, encoder, dataset, reducer, clusterer, declared_cell

with final as (
    select
        dataset.name as dataset,
        encoder.name as encoder,
        reducer.name as reducer,
        clusterer.name as clusterer,
        cell.seed,
        cell.cell_key
    from cell
    anti join run on cell.cell_key = run.cell_key
    inner join encoder using (encoder_key)
    inner join dataset using (dataset_key)
    inner join reducer using (reducer_key)
    inner join clusterer using (clusterer_key)
    where
        (
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
