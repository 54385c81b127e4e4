-- name: datasets
-- doc: one row per dataset that cells are wanted of, or that supplies the references of their probes
-- params:
--   $grid grid = null                   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null             only this dataset
--   $domain_group domain_group = null   only datasets of this group
-- columns:
--   dataset text          name of the dataset
--   title text            name for figures
--   version text          label of what the name means here: the name itself, or name@1 where it means something else by now
--   domain_group text     group of the dataset; NULL where it has none
--   licence text          licence of the images; NULL where none was declared
--   n_samples integer     number of samples
--   n_classes integer     classes at the target level; NULL without labels
--   imbalance double      largest class over smallest class (at least 1); NULL without labels
--   missing_labels text   how samples without a label at the target level count: left out, or one class; NULL where all have one
--   target_level text     label level that clusterings are judged by; NULL without labels
--   levels text           all label levels, coarsest first; NULL without labels
--   train text            dataset that supplies the references of its probes; NULL without
--   subset text           how its samples were drawn from the whole, as JSON; NULL when it is the whole
--   n_ignored bigint      files in its folder or archive that are not images; the query ignored names them
--   dataset_key text      digest of its images
--   labelling_key text    digest of its labels at all levels
-- reads: named_cell, dataset_fact, name_version, dataset, label_level, label

with scoped as (
    select distinct
        dataset,
        dataset_meaning,
        train,
        train_meaning
    from named_cell
    where is_shown(grid, is_current, $grid, [])
),

named as (
    select
        dataset,
        dataset_meaning as meaning
    from scoped
    union
    select
        train,
        train_meaning
    from scoped
    where train_meaning is not null
),

levels as (
    select
        labelling_key,
        string_agg(level, ', ' order by depth, level) as levels,
        min(level) filter (where is_target) as target_level,
        min(label_key) filter (where is_target) as label_key
    from label_level
    group by labelling_key
),

final as (
    select
        named.dataset,
        fact.title,
        name_version.label as version,
        fact.domain_group,
        fact.licence,
        dataset.n_samples,
        label.n_classes,
        label.imbalance,
        case
            when list_contains(label.class_names, '(no label)') then 'one class'
            when list_count(label.class_index) < len(label.class_index) then 'left out'
        end as missing_labels,
        levels.target_level,
        levels.levels,
        fact.train,
        cast(fact.subset as varchar) as subset,
        coalesce(len(fact.ignored), 0) as n_ignored,
        fact.dataset_key,
        fact.labelling_key
    from named
    inner join dataset_fact as fact
        on split_part(named.dataset, '@', 1) = fact.name and named.meaning = fact.meaning
    inner join name_version
        on
            name_version.kind = 'dataset'
            and fact.name = name_version.name
            and fact.meaning = name_version.meaning
    inner join dataset on fact.dataset_key = dataset.dataset_key
    left join levels on fact.labelling_key = levels.labelling_key
    left join label on levels.label_key = label.label_key
    where
        ($dataset is null or named.dataset = $dataset)
        and ($domain_group is null or fact.domain_group = $domain_group)
)

select
    dataset,
    title,
    version,
    domain_group,
    licence,
    n_samples,
    n_classes,
    imbalance,
    missing_labels,
    target_level,
    levels,
    train,
    subset,
    n_ignored,
    dataset_key,
    labelling_key
from final
order by dataset;
