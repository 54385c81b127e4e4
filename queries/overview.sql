-- name: overview
-- doc: one row per warehouse, with what it holds, or what one grid of it holds
-- params:
--   $grid text = null    only cells of the newest declaration of this grid
-- columns:
--   n_grids bigint             grids declared
--   n_datasets bigint          datasets among the cells
--   n_labelled bigint          datasets among the cells that have labels
--   n_encoders bigint          encoders among the cells
--   n_reducers bigint          reducers among the cells
--   n_clusterers bigint        clusterers among the cells
--   n_cells bigint             cells declared
--   n_closed bigint            cells that have a result
--   n_failed bigint            cells that were tried and have none
--   n_missing bigint           cells that were never run
--   n_images bigint            samples of all datasets among the cells
--   first_run timestamptz      when the first run began; NULL without a run
--   last_run timestamptz       when the last run began; NULL without a run
--   schema_version integer     version of the warehouse's schema
-- reads: grid, declared_cell, cell, run, dataset, schema_migration

with inputs as (
    select *
    from cell
    where
        $grid is null
        or cell_key in (
            select declared_cell.cell_key from declared_cell where declared_cell.grid = $grid
        )
),

attempts as (
    select
        run.cell_key,
        bool_or(run.status in ('done', 'not_converged', 'degenerate')) as closed,
        min(run.started_at) as first_run,
        max(run.started_at) as last_run
    from run
    group by run.cell_key
),

cells as (
    select
        count(*) as n_cells,
        count(distinct inputs.dataset_key) as n_datasets,
        count(distinct inputs.dataset_key) filter (
            where inputs.level is not null
        ) as n_labelled,
        count(distinct inputs.encoder_key) as n_encoders,
        count(distinct inputs.reducer_key) as n_reducers,
        count(distinct inputs.clusterer_key) as n_clusterers,
        count(*) filter (where attempts.closed) as n_closed,
        count(*) filter (where not attempts.closed) as n_failed,
        count(*) filter (where attempts.closed is null) as n_missing,
        min(attempts.first_run) as first_run,
        max(attempts.last_run) as last_run
    from inputs
    left join attempts using (cell_key)
),

images as (
    select coalesce(sum(n_samples), 0) as n_images
    from dataset
    where dataset_key in (select inputs.dataset_key from inputs)
),

final as (
    select
        (
            select count(distinct name)
            from grid
            where $grid is null or name = $grid
        ) as n_grids,
        cells.*,
        cast(images.n_images as bigint) as n_images,
        (select max(version) from schema_migration) as schema_version
    from cells
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
