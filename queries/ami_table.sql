-- name: ami_table
-- doc: one row per dataset (and one for the mean over datasets) and encoder, and clusterer when asked for, with its AMI and whether that is the best or the second best of its column
-- params:
--   $average boolean = true                          mean over the clusterings that every encoder has on the dataset; false: a row for each clusterer, whatever other encoders lack
--   $overall boolean = null                         only the mean over datasets (true), or only the datasets (false)
--   $tolerance double = 0.005                        AMIs that differ by this much at most count as equal
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
--   is_overall boolean           whether the row is the mean over datasets
--   dataset text                 name of the dataset; NULL for the mean
--   domain_group text            group of the dataset; NULL where it has none
--   clusterer text               name of the clusterer, or its slot where each encoder has one recipe per slot; NULL for the average
--   reducer text                 name of the reducer in a cross product; NULL for the average
--   encoder text                 name of the encoder
--   family text                  family of the encoder
--   backbone text                architecture; NULL where none was declared
--   fine_tuned boolean           whether it was fine-tuned with labels
--   ami double                   AMI (at most 1); NULL without a clustering that counts
--   is_best boolean              whether no AMI of the column is higher by more than $tolerance; NULL without an AMI
--   is_second boolean            whether that holds among those that are not best; NULL without an AMI
--   is_best_of_backbone boolean  whether it is the best of the encoders of its backbone, two at least, untrained ones among them, multimodal ones not; NULL without an AMI
--   n_clusterings bigint         clusterings that count (clusterers, in a cross product each with every reducer)
--   n_clusterings_total bigint   clusterings declared
--   n_encoders bigint            encoders of the mask: those declared on the dataset
--   n_datasets bigint            datasets that count; in the mean those in which every encoder has an AMI
--   n_datasets_total bigint      datasets declared
--   n_runs bigint                scored runs behind it (seeds of one clustering are reduced by their median)
-- reads: compared_cell

-- A5 of the study: (i) with the average, (ii) without

-- several runs of one clustering count by their median
with medians as (
    select
        encoder,
        family,
        backbone,
        fine_tuned,
        dataset,
        domain_group,
        clusterer,
        recipe,
        median(ami) as ami,
        coalesce(cast(sum(n_runs) filter (where ami is not null) as bigint), 0) as n_runs
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
    group by all
),

sizes as (
    select
        dataset,
        count(distinct encoder) as n_encoders
    from medians
    group by dataset
),

-- the complete-case mask: a clustering counts for all encoders or for none
masked as (
    select
        medians.*,
        sizes.n_encoders,
        ami is not null
        and (not $average or count(ami) over clustered = sizes.n_encoders) as is_counted
    from medians
    inner join sizes using (dataset)
    window clustered as (partition by medians.dataset, medians.clusterer, medians.recipe)
),

of_datasets as (
    select
        false as is_overall,
        dataset,
        domain_group,
        case when not $average then clusterer end as clusterer,
        case when not $average then nullif(recipe, '') end as reducer,
        encoder,
        family,
        backbone,
        fine_tuned,
        avg(ami) filter (where is_counted) as ami,
        count(*) filter (where is_counted) as n_clusterings,
        count(*) as n_clusterings_total,
        n_encoders,
        coalesce(cast(sum(n_runs) filter (where is_counted) as bigint), 0) as n_runs
    from masked
    group by all
),

totals as (
    select
        clusterer,
        reducer,
        count(distinct encoder) as n_encoders
    from of_datasets
    group by clusterer, reducer
),

complete as (
    select
        of_datasets.* exclude (n_encoders),
        totals.n_encoders,
        count(of_datasets.ami) over in_column = totals.n_encoders as is_complete
    from of_datasets
    inner join totals
        on
            of_datasets.clusterer is not distinct from totals.clusterer
            and of_datasets.reducer is not distinct from totals.reducer
    window in_column as (
        partition by of_datasets.dataset, of_datasets.clusterer, of_datasets.reducer
    )
),

overall as (
    select
        true as is_overall,
        null as dataset,
        null as domain_group,
        clusterer,
        reducer,
        encoder,
        family,
        backbone,
        fine_tuned,
        avg(ami) filter (where is_complete) as ami,
        coalesce(
            cast(sum(n_clusterings) filter (where is_complete) as bigint), 0
        ) as n_clusterings,
        cast(sum(n_clusterings_total) as bigint) as n_clusterings_total,
        n_encoders,
        count(*) filter (where is_complete) as n_datasets,
        count(*) as n_datasets_total,
        coalesce(cast(sum(n_runs) filter (where is_complete) as bigint), 0) as n_runs
    from complete
    group by all
),

cells as (
    select
        *,
        case
            when family in ('supervised', 'ssl', 'random') then backbone
        end as rivals
    from (
        select * from overall
        union all by name
        select
            *,
            cast(ami is not null as bigint) as n_datasets,
            1 as n_datasets_total
        from of_datasets
    )
),

-- rounded, so that a difference of the tolerance itself is within it
best as (
    select
        *,
        round(max(ami) over in_column - ami, 12) <= $tolerance as is_best,
        rivals is not null
        and count(ami) over in_column_rivals > 1
        and round(max(ami) over in_column_rivals - ami, 12) <= $tolerance
            as is_best_of_backbone
    from cells
    window
        in_column as (partition by is_overall, dataset, clusterer, reducer),
        in_column_rivals as (partition by is_overall, dataset, clusterer, reducer, rivals)
),

final as (
    select
        *,
        not is_best
        and round(max(case when not is_best then ami end) over in_column - ami, 12)
        <= $tolerance as is_second
    from best
    where $overall is null or is_overall = $overall
    window in_column as (partition by is_overall, dataset, clusterer, reducer)
)

select
    is_overall,
    dataset,
    domain_group,
    clusterer,
    reducer,
    encoder,
    family,
    backbone,
    fine_tuned,
    ami,
    is_best,
    is_second,
    case when ami is not null then is_best_of_backbone end as is_best_of_backbone,
    n_clusterings,
    n_clusterings_total,
    n_encoders,
    n_datasets,
    n_datasets_total,
    n_runs
from final
order by is_overall desc, dataset, clusterer, reducer, ami desc nulls last, encoder;
