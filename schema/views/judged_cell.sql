-- name: judged_cell
-- doc: one row per row of scored_cell at the label level that counts for its scope and dataset: the target level, where no cell has that one the finest; without labels all
-- reads: scored_cell

create or replace view judged_cell as
select *
from scored_cell
-- a clustering towards another level is not a further seed of the same one
qualify
    label_key is null
    or level = first_value(level) over (
        partition by grid, is_current, dataset
        order by is_target desc, depth desc nulls last, level
    );
