-- name: grids
-- doc: one row per grid, with its newest declaration
-- params:
--   $grid text = null    only this grid
-- columns:
--   grid text                 name of the grid
--   source text               name of the file that declares it
--   declared_at timestamptz   when this became the declaration of its name
--   n_declarations bigint     declarations under this name
--   n_cells bigint            cells that the newest one declares
--   n_scores bigint           scores that the newest one declares
--   toml text                 text of the newest declaration
--   grid_key text             key of the newest declaration
-- reads: grid, grid_cell, grid_score

with newest as (
    select
        *,
        count(*) over (partition by name) as n_declarations
    from grid
    where $grid is null or name = $grid
    qualify row_number() over (partition by name order by declared_at desc, grid_key) = 1
),

final as (
    select
        newest.name as grid,
        newest.source,
        newest.declared_at,
        newest.n_declarations,
        (
            select count(*) from grid_cell where grid_cell.grid_key = newest.grid_key
        ) as n_cells,
        (
            select count(*) from grid_score where grid_score.grid_key = newest.grid_key
        ) as n_scores,
        newest.toml,
        newest.grid_key
    from newest
)

select
    grid,
    source,
    declared_at,
    n_declarations,
    n_cells,
    n_scores,
    toml,
    grid_key
from final
order by grid;
