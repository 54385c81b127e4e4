-- name: clusterer_tests
-- doc: one row per pair of clusterers, with Wilcoxon's signed-rank test of their AMI over the blocks in which every clusterer has a score
-- params:
--   $pairs text(extremes, all) = 'extremes'          extremes: the best and the worst by mean rank, each against every other; all: every pair
--   $block text(auto, reducer, recipe, best) = 'auto'  reducer: compare clusterers within each encoder, dataset and reducer; recipe: within each encoder and dataset, whatever the reducers; best: likewise, each by its best reducer; auto: reducer where a clusterer was declared with several reducers on one embedding, else recipe
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
--   clusterer text            name of the one with the better mean rank; its slot where each encoder has one recipe per slot
--   other text                name of the other one
--   extreme text              best, worst or both: which of the two is the best or the worst of all; none: neither
--   mean_rank double          mean rank of the clusterer (1 = best)
--   other_mean_rank double    mean rank of the other one
--   delta_pp double           mean over blocks of the difference in AMI, in percentage points
--   n_better bigint           blocks in which the clusterer has the higher AMI
--   n_worse bigint            blocks in which the other one has; where they are equal, the test drops the block
--   statistic double          smaller sum of the ranks of the absolute differences
--   p_value double            two-sided p; blocks of one dataset or encoder are not independent, so it is too small
--   p_holm double             p corrected for all tests of the answer
--   method text               exact, or approximate (normal) with more than 500 blocks
--   n_blocks bigint           blocks in which every clusterer has an AMI
--   n_blocks_total bigint     blocks declared
-- reads: compared_cell
-- then: signed_rank, holm

with blocks as (
    select *
    from clusterer_block(
        $block,
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
),

sizes as (
    select
        (select count(distinct clusterer) from blocks) as n_clusterers,
        count(*) as n_blocks_total
    from (select distinct encoder, dataset, reducer from blocks)
),

complete as (
    select
        blocks.*,
        average_rank((encoder, dataset, reducer), -ami) as place
    from blocks
    cross join sizes
    qualify
        count(ami) over (partition by encoder, dataset, reducer) = sizes.n_clusterers
),

means as (
    select
        clusterer,
        avg(place) as mean_rank,
        row_number() over (order by avg(place), clusterer) as position,
        (select count(distinct complete.clusterer) from complete) as n_clusterers
    from complete
    group by clusterer
),

pairs as (
    select
        better.clusterer,
        worse.clusterer as other,
        better.mean_rank,
        worse.mean_rank as other_mean_rank,
        case
            when better.position = 1 and worse.position = worse.n_clusterers then 'both'
            when better.position = 1 then 'best'
            when worse.position = worse.n_clusterers then 'worst'
            else 'none'
        end as extreme
    from means as better
    inner join means as worse on better.position < worse.position
),

differences as (
    select
        pairs.clusterer,
        pairs.other,
        (mine.encoder, mine.dataset, mine.reducer) as block,
        -- what is equal but for the order of a sum is equal
        round(mine.ami - theirs.ami, 12) as difference
    from pairs
    inner join complete as mine on pairs.clusterer = mine.clusterer
    inner join complete as theirs
        on
            pairs.other = theirs.clusterer
            and mine.encoder = theirs.encoder
            and mine.dataset = theirs.dataset
            and mine.reducer = theirs.reducer
    where $pairs = 'all' or pairs.extreme <> 'none'
),

tests as (
    select
        clusterer,
        other,
        100 * avg(difference) as delta_pp,
        count(*) filter (where difference > 0) as n_better,
        count(*) filter (where difference < 0) as n_worse,
        list(difference order by block) as differences,
        count(*) as n_blocks
    from differences
    group by clusterer, other
),

final as (
    select
        pairs.*,
        tests.delta_pp,
        tests.n_better,
        tests.n_worse,
        tests.differences,
        'all' as comparison,
        tests.n_blocks,
        sizes.n_blocks_total
    from tests
    inner join pairs using (clusterer, other)
    cross join sizes
)

select
    clusterer,
    other,
    extreme,
    mean_rank,
    other_mean_rank,
    delta_pp,
    n_better,
    n_worse,
    differences,
    comparison,
    n_blocks,
    n_blocks_total
from final
order by mean_rank, clusterer, other_mean_rank, other;
