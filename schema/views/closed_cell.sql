-- name: closed_cell
-- doc: one row per closed cell, under the names of the warehouse, in wide form: what result and past_result share
-- reads: scored_cell

create or replace view closed_cell as
select
    is_current,
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
    wall_s
from scored_cell
where grid is null and run_key is not null;
