-- name: lost_blocks
-- doc: one row per axis (encoder or clusterer) and member of it, with what it lacks of the blocks in which every member must have an AMI, most first: why encoder_ranks, delta_ami, ami_table, clusterer_ranks or a test of differences has few blocks or none
-- params:
--   $axis text(encoder, clusterer) = null            only this axis: encoder or clusterer
--   $block text(auto, reducer, recipe, best) = 'auto'  reducer: blocks keep the reducer; recipe or best: whatever the reducers; auto: reducer where a clusterer was declared with several reducers on one embedding, else recipe
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
--   axis text                 encoder: blocks are clusterer x dataset (x reducer); clusterer: blocks are encoder x dataset (x reducer)
--   member text               name of the encoder or clusterer (its slot where each encoder has one recipe per slot)
--   n_cells bigint            cells wanted of it, with labels
--   n_missing bigint          of these, cells without an AMI
--   n_blocks_total bigint     blocks wanted
--   n_lost bigint             blocks in which it has no AMI, so that nobody is compared there
--   n_left bigint             blocks that are complete once it and all above it are left out
-- reads: compared_cell

with inputs as (
    select
        encoder,
        dataset,
        reducer,
        clusterer,
        ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked
),

kinds as (
    select
        case
            when $block in ('reducer', 'recipe', 'best') then $block
            when max(n_reducers) > 1 then 'reducer'
            else 'recipe'
        end as block
    from (
        select count(distinct reducer) as n_reducers
        from inputs
        group by encoder, dataset, clusterer
    )
),

cases as (
    select
        dataset,
        case when kinds.block = 'reducer' then reducer else '' end as reducer,
        unnest(['encoder', 'clusterer']) as axis,
        unnest([encoder, clusterer]) as member,
        unnest([clusterer, encoder]) as other,
        ami
    from inputs
    cross join kinds
),

members as (
    select
        axis,
        member,
        count(*) as n_cells,
        count(*) - count(ami) as n_missing
    from cases
    where $axis is null or axis = $axis
    group by axis, member
),

blocks as (
    select distinct
        axis,
        dataset,
        reducer,
        other
    from cases
),

scored as (
    select distinct
        axis,
        dataset,
        reducer,
        other,
        member
    from cases
    where ami is not null
),

lost as (
    select
        blocks.*,
        members.member
    from blocks
    inner join members using (axis)
    anti join scored using (axis, dataset, reducer, other, member)
),

counted as (
    select
        members.*,
        count(lost.axis) as n_lost
    from members
    left join lost using (axis, member)
    group by all
),

placed as (
    select
        *,
        row_number() over (partition by axis order by n_lost desc, member) as place
    from counted
),

-- a block is complete once the last of those that lack it is left out
freed as (
    select
        blocks.axis,
        blocks.dataset,
        blocks.reducer,
        blocks.other,
        coalesce(max(placed.place), 0) as place
    from blocks
    left join lost using (axis, dataset, reducer, other)
    left join placed using (axis, member)
    group by all
),

final as (
    select
        placed.axis,
        placed.member,
        placed.n_cells,
        placed.n_missing,
        count(*) as n_blocks_total,
        placed.n_lost,
        count(*) filter (where freed.place <= placed.place) as n_left,
        placed.place
    from placed
    inner join freed using (axis)
    group by all
)

select
    axis,
    member,
    n_cells,
    n_missing,
    n_blocks_total,
    n_lost,
    n_left
from final
order by axis desc, place;
