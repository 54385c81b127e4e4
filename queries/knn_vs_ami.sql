-- name: knn_vs_ami
-- doc: one row per backbone (and one for all of them), clusterer and kNN probe, with the Spearman correlation of kNN accuracy and AMI over encoders and datasets
-- params:
--   $min_points integer = 4             fewest points that a correlation is computed of
--   $k integer = null                   only this number of neighbours
--   $grid grid = null                   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $datasets dataset[] = null          only these datasets
--   $domain_group domain_group = null   only datasets of this group
--   $encoders encoder[] = null          only these encoders
--   $families text(supervised, ssl, none, random, multimodal, unknown)[] = ['supervised', 'ssl', 'unknown']  only encoders of these families; raw pixels are of none, untrained encoders of random
--   $backbone backbone = null           only encoders of this backbone
--   $fine_tuned text(with, without, only) = 'without'  with: encoders that were fine-tuned with labels too; without: none of them; only: them alone
--   $reducers reducer[] = null          only these reducers
--   $clusterers clusterer[] = null      only these clusterers
--   $seeds seed[] = null                only these seeds
-- columns:
--   is_overall boolean        whether the row pools all backbones
--   backbone text             architecture, or all
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   k integer                 neighbours that vote
--   temperature double        temperature of the votes
--   rho double                Spearman correlation with average ranks (-1 to 1); NULL where a side is constant or there are fewer than $min_points
--   n_points bigint           points (encoder, dataset, and reducer in a cross product) that have both results
--   n_points_total bigint     points declared for this backbone and clusterer, with labels
--   n_encoders bigint         encoders among the points
--   n_datasets bigint         datasets among the points
--   n_runs bigint             scored runs behind the points (seeds of one point are reduced by their median)
-- reads: compared_cell, knn_accuracy

with inputs as (
    select
        encoder,
        backbone,
        dataset,
        clusterer,
        recipe,
        embedding_key,
        label_key,
        train_dataset_key,
        train_label_key,
        n_runs,
        ami,
        unnest([true, false]) as is_overall,
        unnest(['all', backbone]) as pool
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
),

totals as (
    select
        is_overall,
        pool,
        clusterer,
        count(distinct (encoder, dataset, recipe)) as n_points_total
    from inputs
    where pool is not null
    group by is_overall, pool, clusterer
),

points as (
    select
        inputs.is_overall,
        inputs.pool,
        inputs.clusterer,
        inputs.encoder,
        inputs.dataset,
        knn.k,
        knn.temperature,
        median(inputs.ami) as ami,
        median(knn.accuracy) as accuracy,
        cast(sum(inputs.n_runs) as bigint) as n_runs
    from inputs
    inner join knn_accuracy as knn
        using (embedding_key, label_key, train_dataset_key, train_label_key)
    where
        inputs.pool is not null
        and inputs.ami is not null
        and ($k is null or knn.k = $k)
    group by
        inputs.is_overall,
        inputs.pool,
        inputs.clusterer,
        inputs.encoder,
        inputs.dataset,
        inputs.recipe,
        knn.k,
        knn.temperature
),

ranked as (
    select
        *,
        average_rank((is_overall, pool, clusterer, k, temperature), accuracy) as x,
        average_rank((is_overall, pool, clusterer, k, temperature), ami) as y
    from points
),

correlations as (
    select
        is_overall,
        pool,
        clusterer,
        k,
        temperature,
        case
            when count(*) >= $min_points and stddev_pop(x) > 0 and stddev_pop(y) > 0
                then corr(x, y)
        end as rho,
        count(*) as n_points,
        count(distinct encoder) as n_encoders,
        count(distinct dataset) as n_datasets,
        cast(sum(n_runs) as bigint) as n_runs
    from ranked
    group by is_overall, pool, clusterer, k, temperature
),

final as (
    select
        correlations.*,
        totals.n_points_total
    from correlations
    inner join totals using (is_overall, pool, clusterer)
)

select
    is_overall,
    pool as backbone,
    clusterer,
    k,
    temperature,
    rho,
    n_points,
    n_points_total,
    n_encoders,
    n_datasets,
    n_runs
from final
order by is_overall desc, pool, clusterer, k, temperature;
