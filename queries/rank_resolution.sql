-- name: rank_resolution
-- doc: one row per pair of neighbours in the ranking of encoders or clusterers by mean AMI over datasets, with what tells them apart and how many datasets that takes
-- params:
--   $axis text(encoder, clusterer) = 'encoder'       what is ranked
--   $power double = 0.8                              probability of telling apart what differs by the mean that was found, from 0.5 to 0.9999
--   $with_random boolean = false                     whether untrained encoders are ranked
--   $block text(auto, reducer, recipe, best) = 'auto'  of clusterers: reducer: compare clusterers within each encoder, dataset and reducer; recipe: within each encoder and dataset, whatever the reducers; best: likewise, each by its best reducer; auto: reducer where a clusterer was declared with several reducers on one embedding, else recipe
--   $resamples integer = 1000                        resamples of the datasets behind an interval, from 1 to 100,000
--   $confidence double = 0.95                        share of such intervals that hold the true value; 1 less the level of the test, from 0.5 to 0.9999
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
--   position bigint            place of the better one in the ranking, 1 = best
--   better text                name of the better one
--   worse text                 name of the one behind it
--   better_ami double          its mean AMI over datasets; of a dataset, over what all that are ranked have
--   worse_ami double           that of the one behind it
--   delta_pp double            mean over datasets of the difference in AMI, in percentage points
--   sd_pp double               sample standard deviation of the difference over datasets; NULL with fewer than two
--   low double                 lower end of the interval of the mean difference, over resamples of the datasets
--   high double                upper end of that interval
--   t_value double             t of the paired test over datasets; NULL where the differences do not vary
--   p_value double             its two-sided p
--   p_holm double              p corrected for all pairs of the answer
--   told_apart boolean         whether p_value is at most 1 - $confidence
--   n_datasets bigint          datasets that have a complete block
--   n_datasets_needed bigint   datasets with which the test has the power: ((z(1 - level / 2) + z(power)) * sd_pp / delta_pp)^2 + z(1 - level / 2)^2 / 2, rounded up, level = 1 - $confidence; NULL where the mean or the deviation is 0
-- reads: compared_cell
-- then: intervals, t_test, holm, resolution

with encoders as (
    select
        encoder as member,
        dataset,
        clusterer as other,
        recipe,
        median(ami) as ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked and (family <> 'random' or $with_random)
    group by encoder, dataset, clusterer, recipe
),

clusterers as (
    select
        clusterer as member,
        dataset,
        encoder as other,
        reducer as recipe,
        ami
    from clusterer_block(
        $block,
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
),

inputs as (
    select * from encoders where $axis = 'encoder'
    union all
    select * from clusterers where $axis = 'clusterer'
),

-- what one lacks counts for none
complete as (
    select *
    from inputs
    qualify
        count(ami) over (partition by dataset, other, recipe)
        = (select count(distinct member) from inputs)
),

by_dataset as (
    select
        member,
        dataset,
        avg(ami) as ami
    from complete
    group by member, dataset
),

ranked as (
    select
        member,
        avg(ami) as ami,
        row_number() over (order by avg(ami) desc, member) as position
    from by_dataset
    group by member
),

pairs as (
    select
        better.position,
        better.member as better,
        worse.member as worse,
        better.ami as better_ami,
        worse.ami as worse_ami
    from ranked as better
    inner join ranked as worse on better.position + 1 = worse.position
),

differences as (
    select
        pairs.position,
        mine.dataset,
        -- what is equal but for the order of a sum is equal
        round(100 * (mine.ami - theirs.ami), 10) as difference
    from pairs
    inner join by_dataset as mine on pairs.better = mine.member
    inner join by_dataset as theirs
        on pairs.worse = theirs.member and mine.dataset = theirs.dataset
),

tests as (
    select
        position,
        avg(difference) as delta_pp,
        stddev_samp(difference) as sd_pp,
        case
            when stddev_samp(difference) > 0
                then avg(difference) / (stddev_samp(difference) / sqrt(count(*)))
        end as t_value,
        count(*) as n_datasets,
        list(difference order by dataset) as parts,
        list(dataset order by dataset) as datasets
    from differences
    group by position
),

final as (
    select
        *,
        'all' as comparison
    from pairs
    inner join tests using (position)
)

select
    position,
    better,
    worse,
    better_ami,
    worse_ami,
    delta_pp,
    sd_pp,
    t_value,
    n_datasets,
    parts,
    datasets,
    comparison
from final
order by position;
