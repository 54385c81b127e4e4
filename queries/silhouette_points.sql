-- name: silhouette_points
-- doc: one row per encoder, dataset, reducer, clusterer and space, with its AMI, its silhouette in that space, and their ranks
-- params:
--   $min_points integer = 4                          fewest points that a correlation is computed of
--   $space text(reduced, original, umap) = null      only this space: reduced, original or umap
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
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   encoder text              name of the encoder
--   family text               family of the encoder
--   dataset text              name of the dataset
--   domain_group text         group of the dataset; NULL where it has none
--   reducer text              name of the reducer
--   ami double                median AMI of the runs (at most 1)
--   silhouette double         median silhouette of the runs that have an AMI (-1 to 1); NULL where undefined
--   ami_rank double           average rank of the AMI within clusterer and space, 0 = lowest
--   silhouette_rank double    average rank of the silhouette within clusterer and space, 0 = lowest
--   n_runs bigint             runs behind the medians
--   rho double                Spearman correlation over the complete points of this clusterer and space (-1 to 1); NULL where a side is constant or there are fewer than $min_points
--   n_points bigint           complete points of this clusterer and space
--   n_points_total bigint     points declared for this clusterer, with labels
-- reads: compared_cell

-- A14 of the study: the ranks; its points are those of A13

with inputs as (
    select
        clusterer,
        encoder,
        family,
        dataset,
        domain_group,
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
        encoder,
        family,
        dataset,
        domain_group,
        reducer,
        median(ami) as ami,
        median(silhouette) filter (where ami is not null) as reduced,
        median(silhouette_original) filter (where ami is not null) as original,
        median(silhouette_umap) filter (where ami is not null) as umap,
        coalesce(cast(sum(n_runs) filter (where ami is not null) as bigint), 0) as n_runs
    from inputs
    group by clusterer, encoder, family, dataset, domain_group, reducer
),

totals as (
    select
        clusterer,
        count(*) as n_points_total
    from medians
    group by clusterer
),

spaces as (
    select
        clusterer,
        encoder,
        family,
        dataset,
        domain_group,
        reducer,
        ami,
        n_runs,
        unnest(['reduced', 'original', 'umap']) as space,
        unnest([reduced, original, umap]) as silhouette
    from medians
    where ami is not null
),

points as (
    select
        *,
        average_rank((clusterer, space), ami) - 1 as ami_rank,
        case
            when silhouette is not null
                then average_rank((clusterer, space), silhouette) - 1
        end as silhouette_rank
    from spaces
    where $space is null or space = $space
),

-- the correlation ranks the complete points alone
complete as (
    select
        clusterer,
        space,
        average_rank((clusterer, space), ami) as x,
        average_rank((clusterer, space), silhouette) as y
    from points
    where silhouette is not null
),

correlations as (
    select
        clusterer,
        space,
        -- undefined when either side is constant
        case
            when count(*) >= $min_points and stddev_pop(x) > 0 and stddev_pop(y) > 0
                then corr(x, y)
        end as rho,
        count(*) as n_points
    from complete
    group by clusterer, space
),

final as (
    select
        points.*,
        correlations.rho,
        coalesce(correlations.n_points, 0) as n_points,
        totals.n_points_total
    from points
    inner join totals using (clusterer)
    left join correlations using (clusterer, space)
)

select
    space,
    clusterer,
    encoder,
    family,
    dataset,
    domain_group,
    reducer,
    ami,
    silhouette,
    ami_rank,
    silhouette_rank,
    n_runs,
    rho,
    n_points,
    n_points_total
from final
order by
    list_position(['umap', 'original', 'reduced'], space),
    clusterer,
    dataset,
    encoder,
    reducer;
