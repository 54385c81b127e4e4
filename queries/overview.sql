-- name: overview
-- doc: one row per warehouse, with what its grids want and what of it there is
-- params:
--   $grid grid = null   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
-- columns:
--   n_grids bigint             grids declared
--   n_datasets bigint          datasets among the cells
--   n_labelled bigint          datasets among the cells that have labels
--   n_encoders bigint          encoders among the cells
--   n_reducers bigint          reducers among the cells
--   n_clusterers bigint        clusterers among the cells
--   n_cells bigint             cells wanted
--   n_closed bigint            cells that have a result
--   n_failed bigint            cells that were tried and have none
--   n_missing bigint           cells that were never run
--   n_images bigint            samples of all datasets among the cells
--   first_run timestamptz      when the first run began; NULL without a run
--   last_run timestamptz       when the last run began; NULL without a run
--   schema_version integer     version of the warehouse's schema
-- reads: named_cell, grid_version, run, closing_run, dataset, schema_migration

with wanted as (
    select *
    from named_cell
    where is_shown(grid, is_current, $grid, [])
),

names as (
    select
        count(distinct dataset) as n_datasets,
        count(distinct dataset) filter (where level is not null) as n_labelled,
        count(distinct encoder) as n_encoders,
        count(distinct reducer) as n_reducers,
        count(distinct clusterer) as n_clusterers
    from wanted
),

attempts as (
    select
        cell_key,
        min(started_at) as first_run,
        max(started_at) as last_run
    from run
    group by cell_key
),

cells as (
    select
        count(*) as n_cells,
        count(closing_run.cell_key) as n_closed,
        count(attempts.cell_key) - count(closing_run.cell_key) as n_failed,
        count(*) - count(attempts.cell_key) as n_missing,
        min(attempts.first_run) as first_run,
        max(attempts.last_run) as last_run
    from (select distinct cell_key from wanted) as cells
    left join attempts using (cell_key)
    left join closing_run using (cell_key)
),

images as (
    select cast(coalesce(sum(n_samples), 0) as bigint) as n_images
    from dataset
    where dataset_key in (select wanted.dataset_key from wanted)
),

final as (
    select
        (
            select count(*)
            from grid_version
            where case when $grid is null then is_newest else grid_version.grid = $grid end
        ) as n_grids,
        names.*,
        cells.*,
        images.n_images,
        (select max(version) from schema_migration) as schema_version
    from names
    cross join cells
    cross join images
)

select
    n_grids,
    n_datasets,
    n_labelled,
    n_encoders,
    n_reducers,
    n_clusterers,
    n_cells,
    n_closed,
    n_failed,
    n_missing,
    n_images,
    first_run,
    last_run,
    schema_version
from final
order by n_cells;
