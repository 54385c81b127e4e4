-- name: find_cell
-- doc: one row per cell with an assignment that a key, its beginning or a path of names means
-- params:
--   $cell text    beginning of the key, or encoder/dataset/reducer/clusterer with /seed where needed
-- columns:
--   cell_key text key of the cell
--   title text    encoder/dataset/reducer/clusterer/seed
-- reads: result

with titled as (
    select
        cell_key,
        concat_ws('/', encoder, dataset, reducer, clusterer) as path,
        concat_ws('/', encoder, dataset, reducer, clusterer, seed) as title
    from result
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
