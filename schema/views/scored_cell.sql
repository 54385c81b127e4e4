-- name: scored_cell
-- doc: one row per row of named_cell, in wide form: the run that closed the cell first, and each score's median over the runs that closed it; NULL where none did
-- reads: named_cell, dataset, label, embedding, reduction, linkage, closed_run, closing_run, cell_score, knn_accuracy

create or replace view scored_cell as
with external as (
    select
        cell_key,
        label_key,
        max(value) filter (where metric = 'ami' and subset = 'all') as ami,
        max(value) filter (where metric = 'ami' and subset = 'clustered') as ami_clustered,
        max(value) filter (where metric = 'nmi' and subset = 'all') as nmi,
        max(value) filter (where metric = 'ari' and subset = 'all') as ari
    from cell_score
    where space = 'labels' and metric in ('ami', 'nmi', 'ari')
    group by cell_key, label_key
),

internal as (
    select
        cell_key,
        max(value) filter (where space = 'reduced') as silhouette,
        max(value) filter (where space = 'original') as silhouette_original,
        max(value) filter (where space = 'umap') as silhouette_umap
    from cell_score
    where metric = 'silhouette' and subset = 'all'
    group by cell_key
),

counted as (
    select
        cell_key,
        count(*) as n_runs
    from closed_run
    group by cell_key
),

knn as (
    select
        embedding_key,
        label_key,
        train_dataset_key,
        train_label_key,
        max(accuracy) as knn_accuracy
    from knn_accuracy
    where k = 20
    group by embedding_key, label_key, train_dataset_key, train_label_key
)

select
    named_cell.*,
    closing.run_key,
    closing.status,
    coalesce(counted.n_runs, 0) as n_runs,
    external.ami,
    external.ami_clustered,
    external.nmi,
    external.ari,
    internal.silhouette,
    internal.silhouette_original,
    internal.silhouette_umap,
    knn.knn_accuracy,
    closing.n_clusters,
    label.n_classes,
    closing.n_clusters - label.n_classes as n_excess_clusters,
    -- of the samples that could be read
    closing.n_noise / coalesce(embedding.n, dataset.n_samples) as noise_fraction,
    dataset.n_samples,
    coalesce(embedding.wall_s, closing.embed_wall_s) as embed_wall_s,
    coalesce(reduction.wall_s, closing.reduce_wall_s) as reduce_wall_s,
    closing.wall_s + coalesce(linkage.wall_s, 0) as cluster_wall_s,
    coalesce(embedding.wall_s, closing.embed_wall_s)
    + coalesce(reduction.wall_s, closing.reduce_wall_s, 0)
    + closing.wall_s
    + coalesce(linkage.wall_s, 0) as wall_s
from named_cell
inner join dataset using (dataset_key)
left join closing_run as closing on named_cell.cell_key = closing.cell_key
left join counted on named_cell.cell_key = counted.cell_key
left join label on named_cell.label_key = label.label_key
left join embedding on named_cell.embedding_key = embedding.embedding_key
left join reduction on named_cell.reduction_key = reduction.reduction_key
left join linkage on closing.linkage_key = linkage.linkage_key
left join external
    on
        named_cell.cell_key = external.cell_key
        and named_cell.label_key = external.label_key
left join internal on named_cell.cell_key = internal.cell_key
left join knn
    on
        named_cell.embedding_key = knn.embedding_key
        and named_cell.label_key = knn.label_key
        -- of the references that the name wants now
        and named_cell.train_dataset_key = knn.train_dataset_key
        and named_cell.train_label_key = knn.train_label_key;
