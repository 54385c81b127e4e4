-- name: encoder_ranks
-- doc: one row per scope (all datasets, then each group of datasets) and encoder, with its mean rank by AMI over the blocks in which every encoder of the scope has a score
-- params:
--   $with_random boolean = null                      whether untrained encoders take part; NULL: in the groups of datasets they do, over all datasets they do not
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
--   is_overall boolean         whether the scope is all datasets
--   scope text                 overall, or the group of the datasets
--   encoder text               name of the encoder
--   family text                family of the encoder
--   backbone text              architecture; NULL where none was declared
--   mean_rank double           mean rank (1 = best, ties share the average rank); NULL without a block
--   sd_rank double             population standard deviation of the ranks
--   se_rank double             standard error of the mean: sd_rank / sqrt(n_blocks)
--   low double                 lower end of the interval of the mean rank, over resamples of the datasets; NULL with fewer than two
--   high double                upper end of that interval
--   n_blocks bigint            blocks (clusterer, dataset, and reducer in a cross product) in which every encoder has an AMI and not all are equal
--   n_blocks_total bigint      blocks declared in the scope
--   n_runs bigint              scored runs behind the ranks (seeds of one block are reduced by their median)
--   n_encoders bigint          encoders that are ranked in the scope
-- reads: compared_cell
-- then: intervals

-- A3 of the study

-- several runs of one encoder in one block count by their median
with medians as (
    select
        encoder,
        family,
        backbone,
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
    group by encoder, family, backbone, dataset, domain_group, clusterer, recipe
),

scopes as (
    select
        *,
        unnest([true, false]) as is_overall,
        unnest(['overall', domain_group]) as scope
    from medians
),

ranked_encoders as (
    select *
    from scopes
    where
        scope is not null
        and (family <> 'random' or coalesce($with_random, not is_overall))
),

sizes as (
    select
        is_overall,
        scope,
        count(distinct encoder) as n_encoders,
        count(distinct (dataset, clusterer, recipe)) as n_blocks_total
    from ranked_encoders
    group by is_overall, scope
),

complete as (
    select
        ranked_encoders.*,
        average_rank((is_overall, scope, dataset, clusterer, recipe), -ami) as place
    from ranked_encoders
    inner join sizes using (is_overall, scope)
    window block as (partition by is_overall, scope, dataset, clusterer, recipe)
    qualify
        count(ami) over block = sizes.n_encoders
        -- a block in which all are equal ranks nobody
        and min(ami) over block < max(ami) over block
),

means as (
    select
        is_overall,
        scope,
        encoder,
        avg(place) as mean_rank,
        stddev_pop(place) as sd_rank,
        stddev_pop(place) / sqrt(count(*)) as se_rank,
        list(place order by dataset) as parts,
        list(dataset order by dataset) as datasets,
        count(*) as n_blocks,
        cast(sum(n_runs) as bigint) as n_runs
    from complete
    group by is_overall, scope, encoder
),

shown as (
    select distinct
        is_overall,
        scope,
        encoder,
        family,
        backbone
    from ranked_encoders
),

final as (
    select
        shown.*,
        means.mean_rank,
        means.sd_rank,
        means.se_rank,
        means.parts,
        means.datasets,
        coalesce(means.n_blocks, 0) as n_blocks,
        sizes.n_blocks_total,
        coalesce(means.n_runs, 0) as n_runs,
        sizes.n_encoders
    from shown
    inner join sizes using (is_overall, scope)
    left join means using (is_overall, scope, encoder)
)

select
    is_overall,
    scope,
    encoder,
    family,
    backbone,
    mean_rank,
    sd_rank,
    se_rank,
    parts,
    datasets,
    n_blocks,
    n_blocks_total,
    n_runs,
    n_encoders
from final
order by is_overall desc, scope, mean_rank nulls last, encoder;
