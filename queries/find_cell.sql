-- name: find_cell
-- doc: one row per cell that a key, its beginning or a path of names means
-- params:
--   $cell text               beginning of the key, or encoder/dataset/reducer/clusterer with /seed where needed
--   $closed boolean = true   only cells with a result; false: all that are declared
-- columns:
--   cell_key text key of the cell
--   title text    encoder/dataset/reducer/clusterer/seed
-- reads: cell, encoder, dataset, reducer, clusterer, closing_run

with titled as (
    select
        cell.cell_key,
        concat_ws('/', encoder.name, dataset.name, reducer.name, clusterer.name) as path,
        concat_ws('/', path, cell.seed) as title
    from cell
    inner join encoder using (encoder_key)
    inner join dataset using (dataset_key)
    inner join reducer using (reducer_key)
    inner join clusterer using (clusterer_key)
    where
        not $closed
        or cell.cell_key in (select closing_run.cell_key from closing_run)
),

final as (
    select
        cell_key,
        title
    from titled
    where starts_with(cell_key, $cell) or path = $cell or title = $cell
)

select
    cell_key,
    title
from final
order by title, cell_key;
