-- name: encoder_differences
-- doc: one row per scope (all datasets, then each group of datasets) and encoder, with its mean rank by AMI and whom Nemenyi's test does not tell it apart from, after Friedman's test of all
-- params:
--   $per text(dataset, cell) = 'dataset'             dataset: a block is a dataset, ranked by mean AMI over what every encoder has a score for; cell: each clusterer and dataset (and reducer) is a block, though those of one dataset are not independent
--   $with_random boolean = null                      whether untrained encoders take part; NULL: in the groups of datasets they do, over all datasets they do not
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
--   encoder text                 name of the encoder
--   mean_rank double             mean rank (1 = best, ties share the average rank); NULL without a block
--   low double                   lower end of the interval of the mean rank, over resamples of the datasets; NULL with fewer than two
--   high double                  upper end of that interval
--   groups text                  groups of encoders that are not told apart, a with the best one; two that share a letter are not told apart
--   critical_difference double   difference of mean ranks from which two are told apart (Nemenyi); NULL with fewer than two blocks or encoders
--   chi2 double                  Friedman's chi-squared, corrected for ties; NULL where all are tied
--   p_value double               its p, with n_encoders - 1 degrees of freedom: below 1 - $confidence, not all are equal
--   n_blocks bigint              blocks in which every encoder has an AMI
--   n_blocks_total bigint        blocks declared in the scope
--   n_encoders bigint           encoders that are ranked in the scope
-- reads: compared_cell
-- then: intervals, friedman

-- several runs of one encoder in one block count by their median
with inputs as (
    select
        encoder,
        family,
        dataset,
        domain_group,
        clusterer,
        recipe,
        median(ami) as ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
    group by encoder, family, dataset, domain_group, clusterer, recipe
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
    where 
        scope is not null
        and (family <> 'random' or coalesce($with_random, not is_overall))
),

sizes as (
    select
        is_overall,
        scope,
        count(distinct encoder) as n_encoders,
        case $per
            when 'dataset' then count(distinct dataset)
            else count(distinct (dataset, clusterer, recipe))
        end as n_blocks_total
    from compared
    group by is_overall, scope
),

-- what one encoder lacks counts for none
complete as (
    select compared.*
    from compared
    inner join sizes using (is_overall, scope)
    qualify
        count(ami) over (partition by is_overall, scope, dataset, clusterer, recipe)
        = sizes.n_encoders
),

blocks as (
    select
        is_overall,
        scope,
        encoder,
        dataset,
        case when $per = 'cell' then clusterer else '' end as clusterer,
        case when $per = 'cell' then recipe else '' end as recipe,
        -- equal means that were added in another order are a tie
        round(avg(ami), 12) as ami
    from complete
    group by all
),

ranked as (
    select
        *,
        average_rank((is_overall, scope, dataset, clusterer, recipe), -ami) as place
    from blocks
),

means as (
    select
        is_overall,
        scope,
        encoder,
        avg(place) as mean_rank,
        count(*) as n_blocks,
        list(place order by dataset, clusterer, recipe) as parts,
        list(dataset order by dataset, clusterer, recipe) as datasets
    from ranked
    group by is_overall, scope, encoder
),

final as (
    select
        shown.is_overall,
        shown.scope,
        shown.encoder,
        means.mean_rank,
        means.parts,
        means.datasets,
        [cast(shown.is_overall as varchar), shown.scope] as comparison,
        coalesce(means.n_blocks, 0) as n_blocks,
        sizes.n_blocks_total,
        sizes.n_encoders
    from (select distinct is_overall, scope, encoder from compared) as shown
    inner join sizes using (is_overall, scope)
    left join means using (is_overall, scope, encoder)
)

select
    is_overall,
    scope,
    encoder,
    mean_rank,
    parts,
    datasets,
    comparison,
    n_blocks,
    n_blocks_total,
    n_encoders
from final
order by is_overall desc, scope, mean_rank nulls last, encoder;
