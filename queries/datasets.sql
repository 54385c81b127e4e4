-- name: datasets
-- doc: one row per dataset and split
-- params:
--   $grid text = null           only datasets of the newest declaration of this grid
--   $domain_group text = null   only datasets of this group
-- columns:
--   dataset text          name of the dataset
--   domain_group text     group of the dataset; NULL where it has none
--   n_samples integer     number of samples
--   n_classes integer     classes at the target level; NULL without labels
--   imbalance double      largest class over smallest class (at least 1); NULL without labels
--   target_level text     label level that clusterings are judged by; NULL without labels
--   levels text           all label levels, coarsest first; NULL without labels
--   train text            dataset that supplies the references of its probes; NULL without
--   subset text           how its samples were drawn from the whole, as JSON; NULL when it is the whole
--   n_ignored bigint      files in its folder or archive that are no images; the query ignored names them
--   dataset_key text      fingerprint of its samples
-- reads: dataset, label_level, cell, declared_cell

with in_grid as (
    select cell.dataset_key
    from declared_cell
    inner join cell using (cell_key)
    where declared_cell.grid = $grid
),

levels as (
    select
        dataset_key,
        min(level) filter (where is_target) as target_level,
        string_agg(level, ', ' order by depth, level) as levels
    from label_level
    group by dataset_key
),

final as (
    select
        dataset.name as dataset,
        dataset.domain_group,
        dataset.n_samples,
        dataset.n_classes,
        dataset.imbalance,
        levels.target_level,
        levels.levels,
        dataset.train,
        cast(dataset.subset as varchar) as subset,
        coalesce(len(dataset.ignored), 0) as n_ignored,
        dataset.dataset_key
    from dataset
    left join levels using (dataset_key)
    where
        ($grid is null or dataset.dataset_key in (select in_grid.dataset_key from in_grid))
        and ($domain_group is null or dataset.domain_group = $domain_group)
)

select
    dataset,
    domain_group,
    n_samples,
    n_classes,
    imbalance,
    target_level,
    levels,
    train,
    subset,
    n_ignored,
    dataset_key
from final
order by dataset, dataset_key;
