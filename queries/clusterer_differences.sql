-- name: clusterer_differences
-- doc: one row per scope (all datasets, then each group of datasets) and clusterer, with its mean rank by AMI and whom Nemenyi's test does not tell it apart from, after Friedman's test of all
-- params:
--   $per text(dataset, cell) = 'dataset'             dataset: a block is a dataset, ranked by mean AMI over what every clusterer has a score for; cell: each encoder and dataset (and reducer) is a block, though those of one dataset are not independent
--   $block text(auto, reducer, recipe, best) = 'auto'  reducer: compare clusterers within each encoder, dataset and reducer; recipe: within each encoder and dataset, whatever the reducers; best: likewise, each by its best reducer; auto: reducer where a clusterer was declared with several reducers on one embedding, else recipe
--   $resamples integer = 1000                        resamples of the datasets behind an interval, from 1 to 100,000
--   $confidence double = 0.95                        share of samples whose interval holds the true value; 1 less the level of the tests, from 0.5 to 0.9999
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
--   is_overall boolean           whether the scope is all datasets
--   scope text                   overall, or the group of the datasets
--   clusterer text               name of the clusterer; its slot where each encoder has one recipe per slot
--   mean_rank double             mean rank (1 = best, ties share the average rank); NULL without a block
--   low double                   lower end of the interval of the mean rank, over resamples of the datasets; NULL with fewer than two
--   high double                  upper end of that interval
--   groups text                  groups of clusterers that are not told apart, a with the best one; two that share a letter are not told apart
--   critical_difference double   difference of mean ranks from which two are told apart (Nemenyi); NULL with fewer than two blocks or clusterers
--   chi2 double                  Friedman's chi-squared, corrected for ties; NULL where all are tied
--   p_value double               its p, with n_clusterers - 1 degrees of freedom: below 1 - $confidence, not all are equal
--   n_blocks bigint              blocks in which every clusterer has an AMI
--   n_blocks_total bigint        blocks declared in the scope
--   n_clusterers bigint         clusterers that are ranked in the scope
-- reads: compared_cell
-- then: intervals, friedman

with inputs as (
    select *
    from clusterer_block(
        $block,
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
),

scopes as (
    select
        *,
        unnest([true, false]) as is_overall,
        unnest(['overall', domain_group]) as scope
    from inputs
),

compared as (
    select *
    from scopes
    where scope is not null
),

sizes as (
    select
        is_overall,
        scope,
        count(distinct clusterer) as n_clusterers,
        case $per
            when 'dataset' then count(distinct dataset)
            else count(distinct (dataset, encoder, reducer))
        end as n_blocks_total
    from compared
    group by is_overall, scope
),

-- what one clusterer lacks counts for none
complete as (
    select compared.*
    from compared
    inner join sizes using (is_overall, scope)
    qualify
        count(ami) over (partition by is_overall, scope, dataset, encoder, reducer)
        = sizes.n_clusterers
),

blocks as (
    select
        is_overall,
        scope,
        clusterer,
        dataset,
        case when $per = 'cell' then encoder else '' end as encoder,
        case when $per = 'cell' then reducer else '' end as reducer,
        -- equal means that were added in another order are a tie
        round(avg(ami), 12) as ami
    from complete
    group by all
),

ranked as (
    select
        *,
        average_rank((is_overall, scope, dataset, encoder, reducer), -ami) as place
    from blocks
),

means as (
    select
        is_overall,
        scope,
        clusterer,
        avg(place) as mean_rank,
        count(*) as n_blocks,
        list(place order by dataset, encoder, reducer) as parts,
        list(dataset order by dataset, encoder, reducer) as datasets
    from ranked
    group by is_overall, scope, clusterer
),

final as (
    select
        shown.is_overall,
        shown.scope,
        shown.clusterer,
        means.mean_rank,
        means.parts,
        means.datasets,
        [cast(shown.is_overall as varchar), shown.scope] as comparison,
        coalesce(means.n_blocks, 0) as n_blocks,
        sizes.n_blocks_total,
        sizes.n_clusterers
    from (select distinct is_overall, scope, clusterer from compared) as shown
    inner join sizes using (is_overall, scope)
    left join means using (is_overall, scope, clusterer)
)

select
    is_overall,
    scope,
    clusterer,
    mean_rank,
    parts,
    datasets,
    comparison,
    n_blocks,
    n_blocks_total,
    n_clusterers
from final
order by is_overall desc, scope, mean_rank nulls last, clusterer;
