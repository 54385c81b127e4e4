-- name: label_fits_dataset
-- doc: a level has one label for every sample of its dataset, and a name for every class index
-- reads: label, label_level, dataset_name, dataset

with counted as (
    -- imported labels have no lists, so that nothing below is true of them
    select
        label_key,
        len(class_index) as n_labels,
        len(class_names) as n_names,
        list_min(class_index) as first_index,
        list_max(class_index) as last_index
    from label
),

labelled as (
    select distinct
        label_level.label_key,
        label_level.level,
        dataset_name.name as dataset,
        dataset.n_samples
    from label_level
    inner join dataset_name using (labelling_key)
    inner join dataset using (dataset_key)
)

select
    labelled.dataset,
    labelled.level,
    counted.label_key,
    labelled.n_samples,
    counted.n_labels,
    counted.n_names,
    counted.last_index
from counted
left join labelled using (label_key)
where
    counted.n_labels <> labelled.n_samples
    or counted.first_index < 0
    or counted.last_index >= counted.n_names
