-- name: cost_vs_ami
-- doc: one row per scope (all datasets, then each dataset) and recipe (encoder, clusterer, and reducer in a cross product), with its cost, its AMI and whether another one beats it in both
-- params:
--   $cost text(wall_s, peak_bytes, energy_j) = 'wall_s'  wall time of embedding, reduction and clustering; the largest peak memory of the three; or the energy of processors and GPUs
--   $only_front boolean = false                      only recipes that no other beats
--   $grid grid = null                                only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $datasets dataset[] = null                       only these datasets
--   $domain_group domain_group = null                only datasets of this group
--   $encoders encoder[] = null                       only these encoders
--   $families text(supervised, ssl, none, random, multimodal, unknown)[] = null  only encoders of these families; raw pixels are of none, untrained encoders of random
--   $backbone backbone = null                        only encoders of this backbone
--   $fine_tuned text(with, without, only) = 'with'   with: encoders that were fine-tuned with labels too; without: none of them; only: them alone
--   $reducers reducer[] = null                       only these reducers
--   $clusterers clusterer[] = null                   only these clusterers
--   $seeds seed[] = null                             only these seeds
-- columns:
--   is_overall boolean        whether the scope is all datasets
--   dataset text              name of the dataset; NULL for all
--   encoder text              name of the encoder
--   family text               family of the encoder
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   reducer text              name of the reducer in a cross product; NULL otherwise
--   cost double               median over seeds of the cost that $cost names, in seconds, bytes or joules; over all datasets the sum, of bytes the largest
--   ami double                median AMI (at most 1); over all datasets the mean
--   is_front boolean          whether no recipe of the scope has at least its AMI at no more than its cost, one of them better; NULL without cost or AMI
--   n_datasets bigint         datasets that count: over all datasets those in which every recipe has cost and AMI
--   n_datasets_total bigint   labelled datasets declared
--   n_recipes bigint          recipes of the scope that have both
-- reads: compared_cell, run, embedding, reduction, linkage

-- An embedding and a reduction count in full for every recipe that starts from them, as if
-- they were made for it alone. Energy is NULL where a stage does not tell its own.
with cells as (
    select
        cells.encoder,
        cells.family,
        cells.clusterer,
        nullif(cells.recipe, '') as reducer,
        cells.dataset,
        cells.ami,
        case $cost
            when 'wall_s' then cells.wall_s
            when 'peak_bytes' then greatest(
                embedding.peak_bytes, reduction.peak_bytes, linkage.peak_bytes, run.peak_bytes
            )
            when 'energy_j' then
                coalesce(
                    embedding.cpu_energy_j + embedding.gpu_energy_j,
                    embedding.cpu_energy_j,
                    embedding.gpu_energy_j
                )
                + case
                    when reduction.reduction_key is null then 0
                    else coalesce(
                        reduction.cpu_energy_j + reduction.gpu_energy_j,
                        reduction.cpu_energy_j,
                        reduction.gpu_energy_j
                    )
                end
                + case
                    when linkage.linkage_key is null then 0
                    else coalesce(
                        linkage.cpu_energy_j + linkage.gpu_energy_j,
                        linkage.cpu_energy_j,
                        linkage.gpu_energy_j
                    )
                end
                + coalesce(
                    run.cpu_energy_j + run.gpu_energy_j, run.cpu_energy_j, run.gpu_energy_j
                )
        end as cost
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    ) as cells
    left join run on cells.run_key = run.run_key
    left join embedding on cells.embedding_key = embedding.embedding_key
    left join reduction on cells.reduction_key = reduction.reduction_key
    left join linkage on run.linkage_key = linkage.linkage_key
    where cells.is_asked
),

medians as (
    select
        dataset,
        encoder,
        family,
        clusterer,
        reducer,
        median(cost) filter (where ami is not null) as cost,
        median(ami) filter (where cost is not null) as ami
    from cells
    group by all
),

counted as (
    select
        *,
        count(ami) over (partition by dataset)
        = (
            select count(distinct (encoder, clusterer, reducer)) from medians
        ) as is_complete
    from medians
),

-- rounded, since the order of a sum changes its last digits, which would part equal ones
scopes as (
    select
        true as is_overall,
        null as dataset,
        encoder,
        family,
        clusterer,
        reducer,
        case
            when $cost = 'peak_bytes' then max(cost) filter (where is_complete)
            else round(sum(cost) filter (where is_complete), 6)
        end as cost,
        round(avg(ami) filter (where is_complete), 12) as ami,
        count(*) filter (where is_complete) as n_datasets
    from counted
    group by encoder, family, clusterer, reducer
    union all by name
    select
        * exclude (is_complete),
        false as is_overall,
        cast(ami is not null as bigint) as n_datasets
    from counted
),

final as (
    select
        *,
        ami = max(ami) over (partition by is_overall, dataset, cost)
        and ami > coalesce(
            max(ami) over (
                partition by is_overall, dataset
                order by cost
                range between unbounded preceding and current row exclude group
            ),
            '-infinity'
        ) as is_front,
        count(ami) over (partition by is_overall, dataset) as n_recipes,
        (select count(distinct dataset) from medians) as n_datasets_total
    from scopes
)

select
    is_overall,
    dataset,
    encoder,
    family,
    clusterer,
    reducer,
    cost,
    ami,
    is_front,
    n_datasets,
    n_datasets_total,
    n_recipes
from final
where is_front or not $only_front
order by is_overall desc, dataset, cost nulls last, ami desc, encoder, clusterer, reducer;
