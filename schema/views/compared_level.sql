-- name: compared_level
-- doc: one row per grid (its newest declaration; NULL: all cells) and labelled dataset of it, with the label level at which its cells are compared: the target level, where no cell has that one the finest
-- reads: cell, label_level, declared_cell

create or replace view compared_level as
with scoped as (
    select
        cast(null as varchar) as grid,
        dataset_key,
        level
    from cell
    union
    select
        declared_cell.grid,
        cell.dataset_key,
        cell.level
    from declared_cell
    inner join cell using (cell_key)
)

select
    scoped.grid,
    scoped.dataset_key,
    scoped.level
from scoped
inner join label_level using (dataset_key, level)
qualify row_number() over (
    partition by scoped.grid, scoped.dataset_key
    order by label_level.is_target desc, label_level.depth desc, scoped.level
) = 1;
