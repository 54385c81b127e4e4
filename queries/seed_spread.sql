-- name: seed_spread
-- doc: one row per clusterer (or reducer, encoder or dataset), with how much the AMI of one recipe differs between its seeds
-- params:
--   $by text(clusterer, reducer, encoder, dataset) = 'clusterer'  what the recipes are summed up by
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
--   subject text              name of the clusterer (its slot where each encoder has one recipe per slot), reducer, encoder or dataset
--   sd_ami double             standard deviation between the seeds of one recipe, pooled over the recipes by their degrees of freedom; NULL where no seed was repeated
--   mean_range double         mean over recipes of the largest AMI less the smallest; NULL likewise
--   max_range double          largest of these; NULL likewise
--   share_of_variance double  variance between seeds as a share of the variance of all these AMIs (at least 0); NULL likewise, and where all are equal
--   n_recipes bigint          recipes (encoder, dataset, reducer, clusterer) that have an AMI for two seeds at least
--   n_recipes_total bigint    recipes declared
--   n_seeds bigint            AMIs of these recipes, one a seed
-- reads: compared_cell

with seeds as (
    select
        case $by
            when 'clusterer' then clusterer
            when 'reducer' then reducer
            when 'encoder' then encoder
            when 'dataset' then dataset
        end as subject,
        (encoder, dataset, reducer, clusterer) as recipe,
        seed,
        median(ami) as ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
    group by all
),

recipes as (
    select
        subject,
        recipe,
        count(ami) as n_seeds,
        var_samp(ami) * (count(ami) - 1) as square,
        max(ami) - min(ami) as range
    from seeds
    group by subject, recipe
),

counted as (
    select
        subject,
        count(*) as n_recipes_total
    from recipes
    group by subject
),

repeated as (
    select
        subject,
        sum(square) / sum(n_seeds - 1) as variance,
        avg(range) as mean_range,
        max(range) as max_range,
        count(*) as n_recipes,
        cast(sum(n_seeds) as bigint) as n_seeds
    from recipes
    where n_seeds > 1
    group by subject
),

spreads as (
    select
        seeds.subject,
        case when min(seeds.ami) < max(seeds.ami) then var_samp(seeds.ami) end as variance
    from seeds
    inner join recipes using (subject, recipe)
    where recipes.n_seeds > 1
    group by seeds.subject
),

final as (
    select
        counted.*,
        sqrt(repeated.variance) as sd_ami,
        repeated.mean_range,
        repeated.max_range,
        repeated.variance / spreads.variance as share_of_variance,
        coalesce(repeated.n_recipes, 0) as n_recipes,
        coalesce(repeated.n_seeds, 0) as n_seeds
    from counted
    left join repeated using (subject)
    left join spreads using (subject)
)

select
    subject,
    sd_ami,
    mean_range,
    max_range,
    share_of_variance,
    n_recipes,
    n_recipes_total,
    n_seeds
from final
order by sd_ami desc nulls last, subject;
