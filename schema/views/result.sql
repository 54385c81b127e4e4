-- name: result
-- doc: one row per closed cell that the newest declarations of the grids want (and label level, where a cell is judged at several), with the first closing run of it, in wide form
-- reads: scored_cell

create or replace view result as
select
    cell_key,
    run_key,
    encoder,
    family,
    fine_tuned,
    backbone,
    dataset,
    domain_group,
    level,
    label_key,
    listing_key,
    reducer,
    reducer_kind,
    clusterer,
    clusterer_kind,
    slot,
    k_source,
    k,
    seed,
    status,
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
    noise_fraction,
    n_samples,
    embed_wall_s,
    reduce_wall_s,
    cluster_wall_s,
    wall_s
from scored_cell
where grid is null and is_current and run_key is not null;
