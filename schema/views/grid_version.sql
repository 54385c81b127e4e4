-- name: grid_version
-- doc: one row per declaration of a grid, with its label: the name for the newest one, name@1, name@2, ... for those before
-- reads: grid

create or replace view grid_version as
with declared as (
    select
        grid_key,
        name,
        min(declared_at) as first_at,
        max(declared_at) as declared_at
    from grid
    group by grid_key, name
),

numbered as (
    select
        *,
        row_number() over (partition by name order by first_at, grid_key) as version,
        row_number() over (partition by name order by declared_at desc, grid_key) = 1 as is_newest
    from declared
)

select
    grid_key,
    case when is_newest then name else name || '@' || version end as grid,
    name,
    version,
    is_newest,
    declared_at
from numbered;
