-- name: knn_correlation
-- doc: one row per backbone (and one for all of them), clusterer and kNN probe, with the Spearman correlation of kNN accuracy and AMI over the encoders and datasets that the filters of an analysis leave
-- reads: filtered_cell, knn_accuracy, average_rank

create or replace temp macro knn_correlation(
    in_grid,
    of_datasets,
    of_domain_group,
    of_encoders,
    of_families,
    of_backbone,
    if_fine_tuned,
    of_reducers,
    of_clusterers,
    of_seeds,
    of_k := null,
    min_points := 4
) as table
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
        in_grid,
        of_datasets,
        of_domain_group,
        of_encoders,
        of_families,
        of_backbone,
        if_fine_tuned,
        of_reducers,
        of_clusterers,
        of_seeds
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
        and (of_k is null or knn.k = of_k)
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
            when count(*) >= min_points and stddev_pop(x) > 0 and stddev_pop(y) > 0
                then corr(x, y)
        end as rho,
        count(*) as n_points,
        count(distinct encoder) as n_encoders,
        count(distinct dataset) as n_datasets,
        cast(sum(n_runs) as bigint) as n_runs
    from ranked
    group by is_overall, pool, clusterer, k, temperature
)

select
    correlations.*,
    totals.n_points_total
from correlations
inner join totals using (is_overall, pool, clusterer);
