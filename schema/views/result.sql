-- name: result
-- doc: one row per cell, with the first closing run of it, in wide form
-- reads: cell, encoder, dataset, label_level, reducer, clusterer, embedding, reduction, closing_run, score, knn_accuracy

create or replace view result as
with wide as (
    select
        score.run_key,
        max(value) filter (where metric = 'ami' and score.subset = 'all') as ami,
        max(value) filter (where metric = 'ami' and score.subset = 'clustered') as ami_clustered,
        max(value) filter (where metric = 'nmi' and score.subset = 'all') as nmi,
        max(value) filter (where metric = 'ari' and score.subset = 'all') as ari,
        max(value) filter (
            where metric = 'silhouette' and space = 'reduced' and score.subset = 'all'
        ) as silhouette,
        max(value) filter (
            where metric = 'silhouette' and space = 'original' and score.subset = 'all'
        ) as silhouette_original,
        max(value) filter (
            where metric = 'silhouette' and space = 'umap' and score.subset = 'all'
        ) as silhouette_umap
    from score
    inner join closing_run using (run_key)
    inner join cell using (cell_key)
    where
        score.metric in ('ami', 'nmi', 'ari', 'silhouette')
        -- external scores count at the target level, internal ones have no level
        and score.level in (coalesce(cell.level, ''), '')
    group by score.run_key
),

knn as (
    select
        embedding_key,
        level,
        max(accuracy) as knn_accuracy
    from knn_accuracy
    where k = 20
    group by embedding_key, level
)

select
    cell.cell_key,
    closing.run_key,
    encoder.name as encoder,
    encoder.family,
    encoder.fine_tuned,
    encoder.backbone,
    dataset.name as dataset,
    dataset.domain_group,
    reducer.name as reducer,
    reducer.kind as reducer_kind,
    clusterer.name as clusterer,
    clusterer.kind as clusterer_kind,
    clusterer.slot,
    clusterer.k_source,
    cell.seed,
    closing.status,
    wide.ami,
    wide.ami_clustered,
    wide.nmi,
    wide.ari,
    wide.silhouette,
    wide.silhouette_original,
    wide.silhouette_umap,
    knn.knn_accuracy,
    closing.n_clusters,
    label_level.n_classes,
    -- of the samples that could be read
    closing.n_noise / coalesce(embedding.n, dataset.n_samples) as noise_fraction,
    dataset.n_samples,
    embedding.wall_s as embed_wall_s,
    reduction.wall_s as reduce_wall_s,
    closing.wall_s as cluster_wall_s,
    embedding.wall_s + coalesce(reduction.wall_s, 0) + closing.wall_s as wall_s
from cell
inner join closing_run as closing on cell.cell_key = closing.cell_key
inner join encoder using (encoder_key)
inner join dataset using (dataset_key)
inner join reducer using (reducer_key)
inner join clusterer using (clusterer_key)
left join label_level on
    cell.dataset_key = label_level.dataset_key and cell.level = label_level.level
left join embedding using (embedding_key)
left join reduction using (reduction_key)
left join wide on closing.run_key = wide.run_key
left join knn on cell.embedding_key = knn.embedding_key and cell.level = knn.level;
