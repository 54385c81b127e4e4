-- name: ignored
-- doc: one row per dataset that is wanted and file of its folder or archive that is not an image by name or content
-- params:
--   $grid grid = null         only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null   only this dataset
-- columns:
--   dataset text   name of the dataset
--   file text      path inside the dataset
-- reads: named_cell, dataset_fact

with named as (
    select
        unnest([dataset, train]) as dataset,
        unnest([dataset_meaning, train_meaning]) as meaning
    from named_cell
    where is_shown(grid, is_current, $grid, [$dataset])
),

final as (
    select distinct
        named.dataset,
        unnest(fact.ignored) as file
    from (select distinct * from named) as named
    inner join dataset_fact as fact
        on split_part(named.dataset, '@', 1) = fact.name and named.meaning = fact.meaning
    where $dataset is null or named.dataset = $dataset
)

select
    dataset,
    file
from final
order by dataset, file;
