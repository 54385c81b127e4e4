-- name: projected_cells
-- doc: one row per closed cell whose embedding has a two-dimensional projection, best AMI first
-- params:
--   $cell cell = null             only the cell whose key starts with this
--   $grid grid = null             only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null       only this dataset
--   $encoder encoder = null       only this encoder
--   $reducer reducer = null       only this reducer
--   $clusterer clusterer = null   only this clusterer
--   $seed seed = null             only this seed
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
-- reads: judged_cell, assignment, reduction, projection, named_key

with drawings as (
    select
        reduction.embedding_key,
        reduction.reduction_key,
        reduction.seed as projection_seed,
        reducer.label as projection
    from projection
    inner join reduction using (reduction_key)
    inner join named_key as reducer
        on reducer.kind = 'reducer' and reduction.reducer_key = reducer.key
),

final as (
    select
        cells.*,
        coalesce(cells.silhouette_umap, cells.silhouette) as silhouette_shown,
        drawings.projection,
        drawings.projection_seed,
        drawings.reduction_key as projection_key
    from judged_cell as cells
    inner join assignment using (run_key)
    inner join drawings using (embedding_key)
    where
        is_shown(cells.grid, cells.is_current, $grid, [$dataset, $encoder, $reducer, $clusterer])
        and ($cell is null or starts_with(cells.cell_key, $cell))
        and ($dataset is null or cells.dataset = $dataset)
        and ($encoder is null or cells.encoder = $encoder)
        and ($reducer is null or cells.reducer = $reducer)
        and ($clusterer is null or cells.clusterer = $clusterer)
        and ($seed is null or cells.seed = $seed)
    -- the projection of the cell's own seed, where there is one
    qualify row_number() over (
        partition by cells.cell_key, cells.encoder, cells.dataset, cells.reducer, cells.clusterer
        order by
            (drawings.projection_seed is not distinct from cells.seed) desc,
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
    silhouette_shown as silhouette,
    n_clusters,
    n_samples,
    projection,
    projection_seed,
    projection_key as reduction_key
from final
order by ami desc nulls last, silhouette_shown desc nulls last, encoder, dataset, cell_key;
