-- name: declared_cell
-- doc: one row per grid name and cell of its newest declaration
-- reads: grid, grid_cell

create or replace view declared_cell as
with newest as (
    select
        grid_key,
        name
    from grid
    qualify row_number() over (partition by name order by declared_at desc, grid_key) = 1
)

select
    newest.name as grid,
    grid_cell.cell_key
from newest
inner join grid_cell using (grid_key);
