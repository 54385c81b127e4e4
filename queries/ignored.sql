-- name: ignored
-- doc: one row per dataset and file of its folder or archive that is no image by name or content
-- params:
--   $grid text = null      only datasets of the newest declaration of this grid
--   $dataset text = null   only this dataset
-- columns:
--   dataset text   name of the dataset
--   file text      path inside the dataset
-- reads: dataset, cell, declared_cell

with in_grid as (
    select cell.dataset_key
    from declared_cell
    inner join cell using (cell_key)
    where declared_cell.grid = $grid
),

final as (
    select
        name as dataset,
        unnest(ignored) as file
    from dataset
    where
        ($grid is null or dataset_key in (select in_grid.dataset_key from in_grid))
        and ($dataset is null or name = $dataset)
)

select
    dataset,
    file
from final
order by dataset, file;
