-- name: level_scores
-- doc: one row per dataset, label level and encoder (and clusterer, when asked for), with the AMI of its assignments against the labels of that level
-- params:
--   $average boolean = true                          average over the clusterers; false: a row for each of them
--   $min_levels integer = 1                          only datasets that have at least this many levels
--   $level level = null                              only this level
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
--   dataset text              name of the dataset
--   domain_group text         group of the dataset; NULL where it has none
--   level text                label level
--   depth integer             depth of the level, 0 coarsest
--   n_classes integer         classes at the level
--   is_target boolean         whether the clusterings were made and are judged at this level
--   encoder text              name of the encoder
--   family text               family of the encoder
--   backbone text             architecture; NULL where none was declared
--   clusterer text            name of the clusterer, or its slot where each encoder has one recipe per slot; NULL for the average
--   ami double                mean AMI (at most 1), normalised by the mean of both entropies
--   sd_ami double             population standard deviation of it over the clusterings
--   ami_true double           mean AMI normalised by the entropy of the labels: the share of it that the clusters explain, less chance (at most 1)
--   n_clusterings bigint      clusterings that have an AMI: clusterers, in a cross product each with every reducer
--   n_clusterings_total bigint  clusterings declared
--   ami_complete double       as ami, over clusterings that have it for every encoder of the dataset
--   ami_true_complete double  as ami_true, over clusterings that have it for every encoder of the dataset
--   n_complete bigint         clusterings behind ami_complete
--   n_runs bigint             scored runs (seeds of one clustering are reduced by their median)
-- reads: compared_cell, label_level, label, cell_score

-- A17, A18 and A19 of the study: the average. A7: the average, ami_complete. A8, A9, A10: a row
-- for each clusterer. All levels are scored from the same assignments.

with levels as (
    select
        label_level.labelling_key,
        label_level.level,
        label_level.depth,
        label_level.label_key,
        label.n_classes
    from label_level
    inner join label using (label_key)
    qualify count(*) over (partition by label_level.labelling_key) >= $min_levels
),

wide as (
    select
        cell_key,
        label_key,
        max(value) filter (where metric = 'ami') as ami,
        max(value) filter (where metric = 'ami_true') as ami_true
    from cell_score
    where subset = 'all' and metric in ('ami', 'ami_true')
    group by cell_key, label_key
),

-- several runs of one clustering count by their median
clusterings as (
    select
        cells.dataset,
        cells.domain_group,
        levels.level,
        levels.depth,
        levels.n_classes,
        levels.level = cells.level as is_target,
        cells.encoder,
        cells.family,
        cells.backbone,
        cells.clusterer,
        cells.recipe,
        median(wide.ami) as ami,
        median(wide.ami_true) as ami_true,
        coalesce(
            cast(sum(cells.n_runs) filter (where wide.ami is not null) as bigint), 0
        ) as n_runs
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    ) as cells
    inner join levels on cells.labelling_key = levels.labelling_key
    left join wide on cells.cell_key = wide.cell_key and levels.label_key = wide.label_key
    where
        cells.is_asked
        and ($level is null or levels.level = $level)
    group by all
),

sizes as (
    select
        dataset,
        count(distinct encoder) as n_encoders
    from clusterings
    group by dataset
),

-- the complete-case mask: a clustering counts for all encoders or for none
masked as (
    select
        clusterings.*,
        count(ami) over clustered = sizes.n_encoders as is_complete,
        count(ami_true) over clustered = sizes.n_encoders as is_true_complete
    from clusterings
    inner join sizes using (dataset)
    window clustered as (partition by dataset, level, clusterer, recipe)
),

final as (
    select
        dataset,
        domain_group,
        level,
        depth,
        n_classes,
        is_target,
        encoder,
        family,
        backbone,
        case when not $average then clusterer end as clusterer,
        avg(ami) as ami,
        stddev_pop(ami) as sd_ami,
        avg(ami_true) as ami_true,
        count(ami) as n_clusterings,
        count(*) as n_clusterings_total,
        avg(ami) filter (where is_complete) as ami_complete,
        avg(ami_true) filter (where is_true_complete) as ami_true_complete,
        count(*) filter (where is_complete) as n_complete,
        cast(sum(n_runs) as bigint) as n_runs
    from masked
    group by all
)

select
    dataset,
    domain_group,
    level,
    depth,
    n_classes,
    is_target,
    encoder,
    family,
    backbone,
    clusterer,
    ami,
    sd_ami,
    ami_true,
    n_clusterings,
    n_clusterings_total,
    ami_complete,
    ami_true_complete,
    n_complete,
    n_runs
from final
order by dataset, depth, level, clusterer, ami desc nulls last, encoder;
