-- name: clusterer_ranks
-- doc: one row per clusterer (and backbone, or group of datasets, when asked for), with its mean rank by AMI over the blocks in which every clusterer has a score
-- params:
--   $block text(auto, reducer, recipe, best) = 'auto'  reducer: blocks are encoder x dataset x reducer; recipe: encoder x dataset, whatever the reducers; best: likewise, each clusterer by its best reducer; auto: reducer where a clusterer was declared with several reducers on one embedding, else recipe
--   $scope text(all, backbone, domain_group, both) = 'all'  all: one ranking; backbone: one of the encoders of each backbone; domain_group: one of each group of datasets; both: one of each backbone and group
--   $with_random boolean = null                      whether untrained encoders take part; NULL: they do, except in the rankings of backbones over all datasets
--   $with_constant boolean = null                    whether blocks count in which all clusterers are equal; NULL: in the one ranking of all they do
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
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   mean_rank double          mean rank (1 = best, ties share the average rank); NULL without a block
--   sd_rank double            population standard deviation of the ranks
--   se_rank double            standard error of the mean: sd_rank / sqrt(n_blocks)
--   low double                lower end of the interval of the mean rank, over resamples of the datasets; NULL with fewer than two
--   high double               upper end of that interval
--   n_blocks bigint           blocks in which every clusterer has an AMI
--   n_blocks_total bigint     blocks declared
--   n_runs bigint             scored runs behind the ranks (seeds of one block are reduced by their median)
--   n_clusterers bigint       clusterers that are ranked
--   block text                the kind of block that was used
--   backbone text             architecture of the encoders of the ranking; NULL for all
--   domain_group text         group of the datasets of the ranking; NULL for all
-- reads: compared_cell
-- then: intervals

-- A1 of the study; with the scopes A2

-- declared cells with labels; AMI is NULL where a cell has none
with inputs as (
    select
        case when $scope in ('backbone', 'both') then backbone end as backbone,
        case when $scope in ('domain_group', 'both') then domain_group end as domain_group,
        encoder,
        dataset,
        reducer,
        clusterer,
        n_runs,
        ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where
        is_asked
        and (family <> 'random' or coalesce($with_random, $scope <> 'backbone'))
        and ($scope not in ('backbone', 'both') or backbone is not null)
        and ($scope not in ('domain_group', 'both') or domain_group is not null)
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

-- several runs of one cell count by their median
medians as (
    select
        inputs.backbone,
        inputs.domain_group,
        inputs.encoder,
        inputs.dataset,
        case when kinds.block = 'recipe' then '' else inputs.reducer end as reducer,
        inputs.clusterer,
        kinds.block,
        median(inputs.ami) as ami,
        coalesce(
            cast(sum(inputs.n_runs) filter (where inputs.ami is not null) as bigint), 0
        ) as n_runs
    from inputs
    cross join kinds
    group by all
),

values_in_blocks as (
    select
        backbone,
        domain_group,
        encoder,
        dataset,
        case when block = 'reducer' then reducer else '' end as reducer,
        clusterer,
        block,
        max(ami) as ami,
        sum(n_runs) as n_runs
    from medians
    group by all
),

sizes as (
    select
        backbone,
        domain_group,
        count(distinct clusterer) as n_clusterers,
        count(distinct (encoder, dataset, reducer)) as n_blocks_total
    from values_in_blocks
    group by backbone, domain_group
),

complete as (
    select
        values_in_blocks.*,
        average_rank((encoder, dataset, reducer), -ami) as place
    from values_in_blocks
    inner join sizes
        on
            values_in_blocks.backbone is not distinct from sizes.backbone
            and values_in_blocks.domain_group is not distinct from sizes.domain_group
    window in_block as (partition by encoder, dataset, reducer)
    qualify
        count(ami) over in_block = sizes.n_clusterers
        and (
            coalesce($with_constant, $scope = 'all')
            or min(ami) over in_block < max(ami) over in_block
        )
),

ranked as (
    select
        backbone,
        domain_group,
        clusterer,
        avg(place) as mean_rank,
        stddev_pop(place) as sd_rank,
        stddev_pop(place) / sqrt(count(*)) as se_rank,
        list(place order by dataset) as parts,
        list(dataset order by dataset) as datasets,
        count(*) as n_blocks,
        cast(sum(n_runs) as bigint) as n_runs
    from complete
    group by backbone, domain_group, clusterer
),

final as (
    select
        clusterers.clusterer,
        ranked.mean_rank,
        ranked.sd_rank,
        ranked.se_rank,
        ranked.parts,
        ranked.datasets,
        coalesce(ranked.n_blocks, 0) as n_blocks,
        sizes.n_blocks_total,
        coalesce(ranked.n_runs, 0) as n_runs,
        sizes.n_clusterers,
        clusterers.block,
        clusterers.backbone,
        clusterers.domain_group
    from (
        select distinct
            backbone,
            domain_group,
            clusterer,
            block
        from values_in_blocks
    ) as clusterers
    inner join sizes
        on
            clusterers.backbone is not distinct from sizes.backbone
            and clusterers.domain_group is not distinct from sizes.domain_group
    left join ranked
        on
            clusterers.backbone is not distinct from ranked.backbone
            and clusterers.domain_group is not distinct from ranked.domain_group
            and clusterers.clusterer = ranked.clusterer
)

select
    clusterer,
    mean_rank,
    sd_rank,
    se_rank,
    parts,
    datasets,
    n_blocks,
    n_blocks_total,
    n_runs,
    n_clusterers,
    block,
    backbone,
    domain_group
from final
order by backbone, domain_group, mean_rank nulls last, clusterer;
