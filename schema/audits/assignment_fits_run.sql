-- name: assignment_fits_run
-- doc: a run that closes its cell has a cluster for every sample that could be read, and counts clusters and noise rightly
-- reads: closed_run, cell, dataset, assignment, unreadable_sample

with unreadable as (
    select
        embedding_key,
        count(*) as n_unreadable
    from unreadable_sample
    group by embedding_key
),

closing as (
    select
        run.run_key,
        run.n_clusters,
        run.n_noise,
        cell.subset,
        dataset.n_samples,
        coalesce(unreadable.n_unreadable, 0) as n_unreadable,
        assignment.labels
    from closed_run as run
    inner join cell using (cell_key)
    inner join dataset using (dataset_key)
    left join assignment using (run_key)
    left join unreadable using (embedding_key)
    where
        -- the loader has looked at the runs of older shards
        run.shard_seq > $since
        -- a run that was tracked elsewhere has no assignment to look at
        and (run.tracked_in is null or assignment.run_key is not null)
),

member as (
    select
        run_key,
        unnest(labels) as cluster
    from closing
),

cluster_size as (
    select
        run_key,
        cluster,
        count(*) as size
    from member
    group by run_key, cluster
),

counted as (
    select
        run_key,
        count(*) filter (where cluster >= 0) as n_clusters,
        coalesce(sum(size) filter (where cluster = -1), 0) as n_noise,
        coalesce(sum(size) filter (where cluster >= -1), 0) as n_members,
        coalesce(sum(size) filter (where cluster is null), 0) as n_left_out
    from cluster_size
    group by run_key
)

select
    closing.run_key,
    closing.n_samples,
    len(closing.labels) as n_assigned,
    closing.n_clusters as n_clusters_stated,
    counted.n_clusters as n_clusters_found,
    closing.n_noise as n_noise_stated,
    counted.n_noise as n_noise_found
from closing
left join counted using (run_key)
where
    closing.labels is null
    or len(closing.labels) > closing.n_samples
    or (closing.subset = 'all' and len(closing.labels) <> closing.n_samples)
    or counted.n_members + counted.n_left_out is distinct from len(closing.labels)
    or counted.n_left_out is distinct from closing.n_unreadable
    or counted.n_clusters is distinct from closing.n_clusters
    or counted.n_noise is distinct from closing.n_noise
