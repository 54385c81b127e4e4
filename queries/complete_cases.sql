-- name: complete_cases
-- doc: one row per encoder (or clusterer), with its mean AMI over all that it has beside that over the blocks that everybody has: what missing cells do to a mean and to its rank
-- params:
--   $of text(encoder, clusterer) = 'encoder'         compare encoders over dataset x clusterer, or clusterers over dataset x encoder; in a cross product with each reducer
--   $only_incomplete boolean = false                 no rows where nobody lacks anything
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
--   subject text              name of the encoder or clusterer (its slot where each encoder has one recipe per slot)
--   available_ami double      mean AMI over the blocks in which it has one (at most 1)
--   complete_ami double       mean AMI over the blocks in which everybody has one; NULL where there is none
--   difference_pp double      available_ami - complete_ami, in percentage points: what its missing cells, and those of others, add
--   available_rank double     rank by available_ami, 1 = best, ties share the mean of their ranks
--   complete_rank double      rank by complete_ami, likewise
--   n_available bigint        blocks in which it has an AMI
--   n_complete bigint         blocks in which everybody has one
--   n_blocks_total bigint     blocks declared for anybody
--   n_missing bigint          of these, blocks in which it has none
-- reads: compared_cell

-- several runs of one block count by their median
with medians as (
    select
        case $of
            when 'encoder' then encoder
            when 'clusterer' then clusterer
        end as subject,
        (
            dataset,
            case $of
                when 'encoder' then clusterer
                when 'clusterer' then encoder
            end,
            recipe
        ) as block,
        median(ami) as ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
    group by all
),

sizes as (
    select
        count(distinct subject) as n_subjects,
        count(distinct block) as n_blocks_total
    from medians
),

masked as (
    select
        medians.*,
        sizes.n_blocks_total,
        count(ami) over (partition by block) = sizes.n_subjects as is_complete
    from medians
    cross join sizes
),

means as (
    select
        subject,
        avg(ami) as available_ami,
        avg(ami) filter (where is_complete) as complete_ami,
        count(ami) as n_available,
        count(*) filter (where is_complete) as n_complete,
        n_blocks_total
    from masked
    group by subject, n_blocks_total
),

-- rounded, since the order of a sum changes its last digits, which would part equal means;
-- who has no mean is ranked apart, and shows no rank
final as (
    select
        *,
        100 * (available_ami - complete_ami) as difference_pp,
        average_rank(available_ami is null, -round(available_ami, 12)) as available_rank,
        average_rank(complete_ami is null, -round(complete_ami, 12)) as complete_rank
    from means
)

select
    subject,
    available_ami,
    complete_ami,
    difference_pp,
    case when available_ami is not null then available_rank end as available_rank,
    case when complete_ami is not null then complete_rank end as complete_rank,
    n_available,
    n_complete,
    n_blocks_total,
    n_blocks_total - n_available as n_missing
from final
where not $only_incomplete or n_complete < n_blocks_total
order by available_ami desc nulls last, subject;
