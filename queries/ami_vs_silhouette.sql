-- name: ami_vs_silhouette
-- doc: one row per clusterer and space, with the Spearman correlation of AMI and silhouette over encoders, datasets and reducers
-- params:
--   $min_points integer = 4                          fewest points that a correlation is computed of
--   $space text(reduced, original, umap) = null      only this space: reduced, original or umap
--   $resamples integer = 1000                        resamples of the datasets behind an interval, from 1 to 100,000
--   $confidence double = 0.95                        share of such intervals that hold the true value, from 0.5 to 0.9999
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
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   space text                space of the silhouette: reduced, original or umap
--   rho double                Spearman correlation with average ranks (-1 to 1); NULL where a side is constant or there are fewer than $min_points
--   low double                lower end of the interval of rho, over resamples of the datasets; NULL with fewer than two
--   high double               upper end of that interval
--   n_points bigint           points that have both scores
--   n_points_total bigint     points declared for this clusterer, with labels
--   n_runs bigint             runs behind the points
-- reads: compared_cell
-- then: spearman

-- A13 of the study, which leaves out raw pixels, untrained and multimodal encoders:
-- families = ['supervised', 'ssl']

with inputs as (
    select
        clusterer,
        encoder,
        dataset,
        reducer,
        n_runs,
        ami,
        silhouette,
        silhouette_original,
        silhouette_umap
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
),

-- each score has a median of its own, over the runs that have an AMI
medians as (
    select
        clusterer,
        dataset,
        median(ami) as ami,
        median(silhouette) filter (where ami is not null) as reduced,
        median(silhouette_original) filter (where ami is not null) as original,
        median(silhouette_umap) filter (where ami is not null) as umap,
        coalesce(cast(sum(n_runs) filter (where ami is not null) as bigint), 0) as n_runs
    from inputs
    group by clusterer, encoder, dataset, reducer
),

totals as (
    select
        clusterer,
        unnest(['reduced', 'original', 'umap']) as space,
        count(*) as n_points_total
    from medians
    group by clusterer
),

points as (
    select
        clusterer,
        dataset,
        ami,
        n_runs,
        unnest(['reduced', 'original', 'umap']) as space,
        unnest([reduced, original, umap]) as silhouette
    from medians
    where ami is not null
),

-- points that lack one of the two scores go before ranking
ranked as (
    select
        clusterer,
        space,
        dataset,
        n_runs,
        average_rank((clusterer, space), ami) as x,
        average_rank((clusterer, space), silhouette) as y
    from points
    where silhouette is not null
),

correlations as (
    select
        clusterer,
        space,
        case
            when count(*) >= $min_points and stddev_pop(x) > 0 and stddev_pop(y) > 0
                then corr(x, y)
        end as rho,
        count(*) as n_points,
        cast(sum(n_runs) as bigint) as n_runs,
        list(x order by dataset, x, y) as xs,
        list(y order by dataset, x, y) as ys,
        list(dataset order by dataset) as datasets
    from ranked
    group by clusterer, space
),

final as (
    select
        totals.clusterer,
        totals.space,
        correlations.rho,
        -- ranks of all points keep the order that ranks of a resample go by
        case when correlations.rho is not null then correlations.xs end as x,
        case when correlations.rho is not null then correlations.ys end as y,
        correlations.datasets,
        coalesce(correlations.n_points, 0) as n_points,
        totals.n_points_total,
        coalesce(correlations.n_runs, 0) as n_runs
    from totals
    left join correlations using (clusterer, space)
    where $space is null or totals.space = $space
)

select
    clusterer,
    space,
    rho,
    x,
    y,
    datasets,
    n_points,
    n_points_total,
    n_runs
from final
order by list_position(['umap', 'original', 'reduced'], space), clusterer;
