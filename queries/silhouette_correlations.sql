-- name: silhouette_correlations
-- doc: one row per grouping (pooled, clusterer, encoder or dataset), group and space (and backbone, when asked for), with the correlations of AMI and the silhouette in that space over its points
-- params:
--   $min_points integer = 4                          fewest points that a correlation is computed of
--   $space text(reduced, original, umap) = null      only this space: reduced, original or umap
--   $grouped_by text(pooled, clusterer, encoder, dataset) = null  only this grouping
--   $resamples integer = 1000                        resamples of the datasets behind an interval, from 1 to 100,000
--   $confidence double = 0.95                        share of such intervals that hold the true value, from 0.5 to 0.9999
--   $per_backbone boolean = false                    a row for each backbone instead of one for all encoders
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
--   space text                space of the silhouette: reduced, original or umap
--   backbone text             architecture of the encoders; NULL for all encoders
--   grouped_by text           what the points have in common: clusterer, encoder, dataset, or nothing (pooled)
--   subject text              name of that clusterer (its slot where each encoder has one recipe per slot), encoder or dataset; NULL where pooled
--   pearson double            Pearson correlation (-1 to 1); NULL where a side is constant or there are fewer than $min_points
--   spearman double           Spearman correlation with average ranks (-1 to 1); NULL likewise
--   low double                lower end of the interval of spearman, over resamples of the datasets; NULL with fewer than two
--   high double               upper end of that interval
--   mean_pearson double       mean of pearson over the groups of this grouping that have one
--   mean_spearman double      mean of spearman over the groups of this grouping that have one
--   n_points bigint           points (encoder, dataset, reducer, clusterer) that have both scores
--   n_points_total bigint     points declared, with labels
--   n_runs bigint             scored runs behind the points (seeds of one point are reduced by their median)
-- reads: compared_cell
-- then: spearman

-- A15 of the study: per backbone, reduced space, clusterer and pooled, not fine-tuned. What
-- it draws over all encoders is A13 (ami_vs_silhouette).

-- each score has a median of its own, over the runs that have an AMI
with medians as (
    select
        encoder,
        backbone,
        dataset,
        clusterer,
        median(ami) as ami,
        median(silhouette) filter (where ami is not null) as reduced,
        median(silhouette_original) filter (where ami is not null) as original,
        median(silhouette_umap) filter (where ami is not null) as umap,
        coalesce(cast(sum(n_runs) filter (where ami is not null) as bigint), 0) as n_runs
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
    group by encoder, backbone, dataset, clusterer, reducer
),

spaces as (
    select
        encoder,
        dataset,
        clusterer,
        case when $per_backbone then backbone end as backbone,
        ami,
        n_runs,
        unnest(['reduced', 'original', 'umap']) as space,
        unnest([reduced, original, umap]) as silhouette
    from medians
    where not $per_backbone or backbone is not null
),

points as (
    select
        space,
        backbone,
        unnest(['pooled', 'clusterer', 'encoder', 'dataset']) as grouped_by,
        unnest([null, clusterer, encoder, dataset]) as subject,
        dataset,
        ami,
        silhouette,
        n_runs,
        ami is not null and silhouette is not null as is_complete
    from spaces
    where $space is null or space = $space
),

-- points that lack one of the two scores are ranked apart
ranked as (
    select
        *,
        average_rank((space, backbone, grouped_by, subject, is_complete), ami) as ami_rank,
        average_rank((space, backbone, grouped_by, subject, is_complete), silhouette)
            as silhouette_rank
    from points
    where $grouped_by is null or grouped_by = $grouped_by
),

correlations as (
    select
        space,
        backbone,
        grouped_by,
        subject,
        corr(ami, silhouette) filter (where is_complete) as r,
        corr(ami_rank, silhouette_rank) filter (where is_complete) as rho,
        list(ami_rank order by dataset, ami_rank, silhouette_rank)
            filter (where is_complete) as ami_ranks,
        list(silhouette_rank order by dataset, ami_rank, silhouette_rank)
            filter (where is_complete) as silhouette_ranks,
        list(dataset order by dataset) filter (where is_complete) as datasets,
        count(*) filter (where is_complete) >= $min_points
        and min(ami) filter (where is_complete) < max(ami) filter (where is_complete)
        and min(silhouette) filter (where is_complete)
        < max(silhouette) filter (where is_complete) as is_defined,
        count(*) filter (where is_complete) as n_points,
        count(*) as n_points_total,
        coalesce(cast(sum(n_runs) filter (where is_complete) as bigint), 0) as n_runs
    from ranked
    group by space, backbone, grouped_by, subject
),

-- rounded, since the order of a sum changes its last digits
final as (
    select
        *,
        case when is_defined then round(r, 12) end as pearson,
        case when is_defined then round(rho, 12) end as spearman,
        -- ranks of all points keep the order that ranks of a resample go by
        case when is_defined then ami_ranks end as x,
        case when is_defined then silhouette_ranks end as y
    from correlations
)

select
    space,
    backbone,
    grouped_by,
    subject,
    pearson,
    spearman,
    x,
    y,
    datasets,
    avg(pearson) over (partition by space, backbone, grouped_by) as mean_pearson,
    avg(spearman) over (partition by space, backbone, grouped_by) as mean_spearman,
    n_points,
    n_points_total,
    n_runs
from final
order by
    list_position(['umap', 'original', 'reduced'], space),
    backbone nulls first,
    list_position(['pooled', 'clusterer', 'encoder', 'dataset'], grouped_by),
    subject;
