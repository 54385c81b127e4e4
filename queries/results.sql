-- name: results
-- doc: one row per closed cell (and label level, where it is judged at several), with its scores side by side, each the median over its runs; the rest is of the run that closed it first
-- params:
--   $grid grid = null             only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null       only this dataset
--   $encoder encoder = null       only this encoder
--   $reducer reducer = null       only this reducer
--   $clusterer clusterer = null   only this clusterer
--   $seed seed = null             only this seed
--   $cell cell = null             only the cell whose key starts with this
-- columns:
--   encoder text                name of the encoder
--   family text                 family of the encoder
--   dataset text                name of the dataset
--   domain_group text           group of the dataset; NULL where it has none
--   reducer text                name of the reducer
--   clusterer text              name of the clusterer
--   level text                  label level that it is judged at; NULL without labels
--   seed integer                seed of reducer and clusterer
--   status text                 done, not_converged or degenerate
--   n_runs bigint               runs that closed the cell, over which scores are medians
--   ami double                  adjusted mutual information, noise as one cluster (at most 1)
--   ami_clustered double        the same over clustered samples alone (at most 1)
--   nmi double                  normalised mutual information (0 to 1)
--   ari double                  adjusted Rand index (-0.5 to 1)
--   silhouette double           mean silhouette in the reduced space (-1 to 1)
--   silhouette_original double  mean silhouette in the space of the embedding (-1 to 1)
--   silhouette_umap double      mean silhouette in UMAP space (-1 to 1)
--   knn_accuracy double         accuracy of a 20-nearest-neighbour probe (0 to 1)
--   n_clusters integer          clusters found, noise excluded
--   n_classes integer           classes at the level; NULL without labels
--   n_excess_clusters integer   clusters found less classes: below 0 where they are too few; NULL without labels
--   noise_fraction double       share of the readable samples that are noise (0 to 1)
--   n_samples integer           number of samples, those that cannot be read included
--   embed_wall_s double         wall time of the embedding, in seconds
--   reduce_wall_s double        wall time of the reduction, in seconds
--   cluster_wall_s double       wall time of the clustering with its tree, in seconds
--   cell_key text               key of the cell
-- reads: scored_cell

with final as (
    select *
    from scored_cell
    where
        run_key is not null
        and is_shown(grid, is_current, $grid, [$dataset, $encoder, $reducer, $clusterer])
        and ($dataset is null or dataset = $dataset)
        and ($encoder is null or encoder = $encoder)
        and ($reducer is null or reducer = $reducer)
        and ($clusterer is null or clusterer = $clusterer)
        and ($seed is null or seed = $seed)
        and ($cell is null or starts_with(cell_key, $cell))
)

select
    encoder,
    family,
    dataset,
    domain_group,
    reducer,
    clusterer,
    level,
    seed,
    status,
    n_runs,
    ami,
    ami_clustered,
    nmi,
    ari,
    silhouette,
    silhouette_original,
    silhouette_umap,
    knn_accuracy,
    n_clusters,
    n_classes,
    n_excess_clusters,
    noise_fraction,
    n_samples,
    embed_wall_s,
    reduce_wall_s,
    cluster_wall_s,
    cell_key
from final
order by dataset, encoder, reducer, clusterer, level, seed, cell_key;
