-- name: knn_vs_ami
-- doc: one row per backbone (and one for all of them), clusterer and kNN probe, with the Spearman correlation of kNN accuracy and AMI over encoders and datasets
-- params:
--   $min_points integer = 4             fewest points that a correlation is computed of
--   $fine_tuned text(with, without, only) = 'without'  without: no encoder that was fine-tuned with labels; with: them too; only: them alone
--   $families text(supervised, ssl, none, random, multimodal, unknown)[] = ['supervised', 'ssl', 'unknown']  only encoders of these families; the default leaves out pixels, untrained and multimodal ones
--   $k integer = null                   only this number of neighbours
--   $grid grid = null                   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null             only this dataset
--   $domain_group domain_group = null   only datasets of this group
--   $encoders encoder[] = null          only these encoders
--   $backbone backbone = null           only encoders of this backbone
--   $reducer reducer = null             only this reducer
--   $clusterers clusterer[] = null      only these clusterers
--   $seed seed = null                   only this seed
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
    from compared_cell
    where
        grid is not distinct from $grid
        and (
            is_current
            or $grid is not null
            or contains(
                concat_ws(
                    ' ', $dataset, $reducer, array_to_string(cast($encoders as varchar[]), ' '),
                    array_to_string(cast($clusterers as varchar[]), ' ')
                ),
                '@'
            )
        )
        and case $fine_tuned
            when 'without' then not fine_tuned
            when 'with' then true
            when 'only' then fine_tuned
        end
        and (
            $families is null
            or list_contains(cast($families as varchar[]), family)
        )
        and ($dataset is null or dataset = $dataset)
        and ($domain_group is null or domain_group = $domain_group)
        and (
            $encoders is null
            or list_contains(cast($encoders as varchar[]), encoder)
        )
        and ($backbone is null or backbone = $backbone)
        and ($reducer is null or reducer = $reducer)
        and (
            $clusterers is null
            or list_contains(cast($clusterers as varchar[]), clusterer)
        )
        and ($seed is null or seed = $seed)
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
        rank() over (pooled order by accuracy)
        + (
            count(*) over (
                partition by is_overall, pool, clusterer, k, temperature, accuracy
            ) - 1
        ) / 2.0 as x,
        rank() over (pooled order by ami)
        + (
            count(*) over (
                partition by is_overall, pool, clusterer, k, temperature, ami
            ) - 1
        ) / 2.0 as y
    from points
    window pooled as (partition by is_overall, pool, clusterer, k, temperature)
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
