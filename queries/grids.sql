-- name: grids
-- doc: one row per grid, with its newest declaration, or per declaration
-- params:
--   $grid grid = null           only this grid (mine), or one declaration of it (mine@1)
--   $versions boolean = false   all declarations of each, not the newest alone
-- columns:
--   grid text                 label of the declaration: the name for the newest one, name@1, name@2, ... for those before
--   version bigint            number of the declaration, from 1
--   source text               name of the file that declares it
--   declared_at timestamptz   when this became the declaration of its name
--   n_declarations bigint     declarations under this name
--   n_cells bigint            cells that it declares
--   n_scores bigint           scores that it declares
--   toml text                 text of the declaration
--   grid_key text             key of the declaration
-- reads: grid_version, grid, grid_cell, grid_score

with versions as (
    select
        *,
        count(*) over (partition by name) as n_declarations
    from grid_version
),

final as (
    select
        versions.grid,
        versions.version,
        grid.source,
        versions.declared_at,
        versions.n_declarations,
        (
            select count(distinct grid_cell.cell_key)
            from grid_cell
            where grid_cell.grid_key = versions.grid_key
        ) as n_cells,
        (
            select count(*) from grid_score where grid_score.grid_key = versions.grid_key
        ) as n_scores,
        grid.toml,
        versions.grid_key,
        versions.name
    from versions
    inner join grid
        on versions.grid_key = grid.grid_key and versions.declared_at = grid.declared_at
    where
        (versions.is_newest or $versions or versions.grid = $grid)
        and ($grid is null or versions.grid = $grid or ($versions and versions.name = $grid))
)

select
    grid,
    version,
    source,
    declared_at,
    n_declarations,
    n_cells,
    n_scores,
    toml,
    grid_key
from final
order by name, version desc;
