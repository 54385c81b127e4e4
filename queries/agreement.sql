-- name: agreement
-- doc: one row per pair of clusterers (or encoders), with the correlations of their AMIs over what both were tried on
-- params:
--   $of text(clusterer, encoder) = 'clusterer'       compare clusterers over encoder x dataset, or encoders over clusterer x dataset; in a cross product with each reducer
--   $min_points integer = 4                          fewest points that a correlation is computed of
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
--   first text                name of the clusterer (its slot where each encoder has one recipe per slot) or encoder
--   second text               name of the other one, behind the first by name
--   pearson double            Pearson correlation (-1 to 1); NULL where a side is constant or there are fewer than $min_points
--   spearman double           Spearman correlation with average ranks of the points that both have (-1 to 1); NULL likewise
--   mean_difference double    mean AMI of the first less that of the second, over these points
--   n_points bigint           points that both have an AMI for
--   n_points_total bigint     points declared for one of them at least
-- reads: compared_cell

-- A12 of the study. Several runs of one point count by their median.

with medians as (
    select
        case $of
            when 'clusterer' then clusterer
            when 'encoder' then encoder
        end as member,
        (
            dataset,
            case $of
                when 'clusterer' then encoder
                when 'encoder' then clusterer
            end,
            recipe
        ) as point,
        median(ami) as ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
    group by all
),

members as (
    select distinct member
    from medians
),

pairs as (
    select
        one.member as first,
        other.member as second
    from members as one
    inner join members as other on one.member < other.member
),

sides as (
    select
        pairs.first,
        pairs.second,
        medians.point,
        max(medians.ami) filter (where medians.member = pairs.first) as x,
        max(medians.ami) filter (where medians.member = pairs.second) as y
    from pairs
    inner join medians on medians.member in (pairs.first, pairs.second)
    group by all
),

-- points that one of the two lacks are ranked apart
ranked as (
    select
        *,
        x is not null and y is not null as is_complete,
        average_rank((first, second, is_complete), x) as x_rank,
        average_rank((first, second, is_complete), y) as y_rank
    from sides
),

final as (
    select
        first,
        second,
        count(*) filter (where is_complete) >= $min_points
        and min(x) filter (where is_complete) < max(x) filter (where is_complete)
        and min(y) filter (where is_complete) < max(y) filter (where is_complete)
            as is_defined,
        -- rounded, since the order of a sum changes its last digits
        round(corr(x, y) filter (where is_complete), 12) as r,
        round(corr(x_rank, y_rank) filter (where is_complete), 12) as rho,
        round(avg(x - y) filter (where is_complete), 12) as mean_difference,
        count(*) filter (where is_complete) as n_points,
        count(*) as n_points_total
    from ranked
    group by first, second
)

select
    first,
    second,
    case when is_defined then r end as pearson,
    case when is_defined then rho end as spearman,
    mean_difference,
    n_points,
    n_points_total
from final
order by first, second;
