-- name: projected_cells
-- doc: one row per closed cell whose embedding has a two-dimensional projection, best AMI first
-- params:
--   $cell text = null       only the cell whose key begins so
--   $grid text = null       only cells of the newest declaration of this grid
--   $dataset text = null    only this dataset
--   $encoder text = null    only this encoder
--   $reducer text = null    only this reducer
--   $clusterer text = null  only this clusterer
--   $seed integer = null    only this seed
-- columns:
--   cell_key text            key of the cell
--   encoder text             name of the encoder
--   dataset text             name of the dataset
--   reducer text             reducer whose output was clustered
--   clusterer text           name of the clusterer
--   seed integer             seed of the cell
--   ami double               adjusted mutual information (at most 1); NULL without labels
--   silhouette double        mean silhouette in UMAP space, else in the reduced space (-1 to 1)
--   n_clusters integer       clusters found, noise excluded
--   n_samples integer        number of samples
--   projection text          reducer that made the projection
--   projection_seed integer  seed of the projection; NULL where it uses none
--   reduction_key text       key of the projection
-- reads: result, cell, assignment, reduction, projection, reducer, declared_cell

with drawings as (
    select
        reduction.embedding_key,
        reduction.reduction_key,
        reduction.seed as projection_seed,
        reducer.name as projection
    from projection
    inner join reduction using (reduction_key)
    inner join reducer using (reducer_key)
),

final as (
    select
        result.cell_key,
        result.encoder,
        result.dataset,
        result.reducer,
        result.clusterer,
        result.seed,
        result.ami,
        coalesce(result.silhouette_umap, result.silhouette) as silhouette,
        result.n_clusters,
        result.n_samples,
        drawings.projection,
        drawings.projection_seed,
        drawings.reduction_key
    from result
    inner join cell using (cell_key)
    inner join assignment on result.run_key = assignment.run_key
    inner join drawings using (embedding_key)
    where
        ($cell is null or starts_with(result.cell_key, $cell))
        and (
            $grid is null
            or result.cell_key in (
                select declared_cell.cell_key from declared_cell where declared_cell.grid = $grid
            )
        )
        and ($dataset is null or result.dataset = $dataset)
        and ($encoder is null or result.encoder = $encoder)
        and ($reducer is null or result.reducer = $reducer)
        and ($clusterer is null or result.clusterer = $clusterer)
        and ($seed is null or result.seed = $seed)
    -- the projection of the cell's own seed, where there is one
    qualify row_number() over (
        partition by result.cell_key
        order by
            (drawings.projection_seed is not distinct from result.seed) desc,
            drawings.reduction_key
    ) = 1
)

select
    cell_key,
    encoder,
    dataset,
    reducer,
    clusterer,
    seed,
    ami,
    silhouette,
    n_clusters,
    n_samples,
    projection,
    projection_seed,
    reduction_key
from final
order by ami desc nulls last, silhouette desc nulls last, encoder, dataset, cell_key;
