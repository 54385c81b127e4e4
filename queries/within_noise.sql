-- name: within_noise
-- doc: one row per encoder, dataset, reducer and clusterer, with its mean AMI over seeds and whether the noise of the seeds hides its distance from the best one
-- params:
--   $by text(dataset, encoder) = 'dataset'           what the best one is the best of: dataset, or encoder (each encoder and dataset by itself)
--   $within boolean = null                           only those that cannot be told from the best one (true), or only those that can (false)
--   $min_seeds integer = 2                           only those with at least this many seeds; with 1, those with one seed borrow the noise of the others
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
--   dataset text           name of the dataset
--   encoder text           name of the encoder
--   reducer text           name of the reducer
--   clusterer text         name of the clusterer; its slot where each encoder has one recipe per slot
--   ami double             mean AMI over the seeds (at most 1)
--   difference double      mean AMI of the best one less this mean (at least 0)
--   margin double          half width of the 95 % interval of that difference; NULL where no seed was repeated
--   within boolean         whether difference <= margin; true for the best one; NULL without margin
--   n_seeds bigint         seeds that have an AMI
--   sd_own double          sample standard deviation over the seeds of this one; NULL with one seed
--   sd double              the same pooled over all that are compared; NULL where no seed was repeated
--   df bigint              degrees of freedom of the pooled one: the sum of n_seeds - 1
--   is_best boolean        whether it is the best one
-- reads: compared_cell

-- the model: AMI = mean of the recipe + noise of the seed, whose variance is the same for
-- all that are compared; the interval is that of one comparison chosen beforehand, so among
-- many the best one looks better than it is
with seeds as (
    select
        case $by
            when 'dataset' then ''
            when 'encoder' then encoder
        end as pool,
        dataset,
        encoder,
        reducer,
        clusterer,
        seed,
        median(ami) as ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked and ami is not null
    group by dataset, encoder, reducer, clusterer, seed
),

means as (
    select
        pool,
        dataset,
        encoder,
        reducer,
        clusterer,
        avg(ami) as ami,
        count(*) as n_seeds,
        stddev_samp(ami) as sd_own
    from seeds
    group by pool, dataset, encoder, reducer, clusterer
    having count(*) >= $min_seeds
),

placed as (
    select
        *,
        row_number() over (
            partition by pool, dataset order by ami desc, encoder, reducer, clusterer
        ) = 1 as is_best
    from means
),

pools as (
    select
        pool,
        dataset,
        max(ami) as best_ami,
        max(n_seeds) filter (where is_best) as best_n_seeds,
        cast(sum(n_seeds - 1) as bigint) as df,
        case
            when sum(n_seeds - 1) > 0
                then sqrt(sum((n_seeds - 1) * coalesce(sd_own * sd_own, 0)) / sum(n_seeds - 1))
        end as sd
    from placed
    group by pool, dataset
),

-- the 97.5 % quantile of Student's t: exact to three degrees of freedom, then the expansion
-- of Abramowitz and Stegun 26.7.5, which is short by less than 0.04 %
quantiles as (
    select
        *,
        1.959963984540054e0 as z,
        case df
            when 0 then null
            when 1 then 12.706204736174694
            when 2 then 4.302652729749462
            when 3 then 3.1824463052837078
            else
                z + (z ** 3 + z) / (4 * df)
                + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * df ** 2)
                + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * df ** 3)
                + (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z)
                / (92160 * df ** 4)
        end as t
    from pools
),

compared as (
    select
        placed.*,
        quantiles.best_ami - placed.ami as difference,
        quantiles.t * quantiles.sd
        * sqrt(1.0 / placed.n_seeds + 1.0 / quantiles.best_n_seeds) as margin,
        quantiles.sd,
        quantiles.df
    from placed
    inner join quantiles using (pool, dataset)
),

final as (
    select
        *,
        -- where no seed changes anything, equal is what differs by rounding alone
        case when margin is not null then is_best or difference <= margin + 1e-12 end as within
    from compared
)

select
    dataset,
    encoder,
    reducer,
    clusterer,
    ami,
    difference,
    margin,
    within,
    n_seeds,
    sd_own,
    sd,
    df,
    is_best
from final
where $within is null or within = $within
order by dataset, pool, difference, encoder, reducer, clusterer;
