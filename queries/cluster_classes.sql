-- name: cluster_classes
-- doc: one row per cluster and class of a cell that share samples, at the level that the cell is judged at, largest clusters first
-- params:
--   $cell cell                    the cell whose key starts with this
--   $max_clusters integer = null  only this many of the largest clusters
--   $majority boolean = null      only the class of most samples of each cluster (true), or only the others (false)
-- columns:
--   cluster integer            cluster, -1 is noise
--   label text                 class; NULL for samples without a label
--   n_samples bigint           samples of the cluster that are of the class
--   share_of_cluster double    of the samples of the cluster (0 to 1)
--   share_of_class double      of the samples of the class (0 to 1)
--   n_in_cluster bigint        samples of the cluster
--   n_in_class bigint          samples of the class
--   is_majority boolean        whether no class has more samples of the cluster; the first by name where several share that
--   cluster_place bigint       place of the cluster by size, 1 = largest; noise is last
--   class_place bigint         place of the class, by the largest cluster that it is the majority of
-- reads: named_cell, closing_run, assignment, label

with chosen as (
    select
        assignment.labels as clusters,
        label.class_index,
        label.class_names
    from named_cell as cells
    inner join closing_run using (cell_key)
    inner join assignment using (run_key)
    left join label using (label_key)
    where starts_with(cells.cell_key, $cell)
    -- labels as they are now, where the cell goes by several names
    order by
        cells.cell_key,
        cells.grid nulls first,
        cells.is_current desc,
        cells.is_target desc,
        cells.depth desc,
        cells.dataset,
        cells.level
    limit 1
),

samples as (
    select
        unnest(clusters) as cluster,
        unnest(class_index) as class_index,
        class_names
    from chosen
),

counts as (
    select
        cluster,
        class_names[class_index + 1] as label,
        count(*) as n_samples
    from samples
    where cluster is not null
    group by all
),

clusters as (
    select
        cluster,
        sum(n_samples) as n_in_cluster,
        row_number() over (
            order by cluster = -1, sum(n_samples) desc, cluster
        ) as cluster_place
    from counts
    group by cluster
),

classes as (
    select
        label,
        sum(n_samples) as n_in_class
    from counts
    group by label
),

shared as (
    select
        counts.cluster,
        counts.label,
        counts.n_samples,
        counts.n_samples / clusters.n_in_cluster as share_of_cluster,
        counts.n_samples / classes.n_in_class as share_of_class,
        clusters.n_in_cluster,
        classes.n_in_class,
        clusters.cluster_place,
        row_number() over (
            partition by counts.cluster order by counts.n_samples desc, counts.label
        ) = 1 as is_majority
    from counts
    inner join clusters using (cluster)
    inner join classes on counts.label is not distinct from classes.label
),

places as (
    select
        label,
        row_number() over (
            order by
                min(cluster_place) filter (where is_majority) nulls last,
                n_in_class desc,
                label
        ) as class_place
    from shared
    group by label, n_in_class
),

final as (
    select
        shared.*,
        places.class_place
    from shared
    inner join places on shared.label is not distinct from places.label
    where
        ($max_clusters is null or shared.cluster_place <= $max_clusters)
        and ($majority is null or shared.is_majority = $majority)
)

select
    cluster,
    label,
    n_samples,
    share_of_cluster,
    share_of_class,
    cast(n_in_cluster as bigint) as n_in_cluster,
    cast(n_in_class as bigint) as n_in_class,
    is_majority,
    cluster_place,
    class_place
from final
order by cluster_place, n_samples desc, label;
