-- name: label_fits_dataset
-- doc: a level has one label for every sample of its dataset, and a name for every class index
-- reads: label, dataset

select
    dataset.name as dataset,
    label.level,
    dataset.n_samples,
    len(label.class_index) as n_labels,
    len(label.class_names) as n_names,
    list_max(label.class_index) as last_index
from label
inner join dataset using (dataset_key)
where
    len(label.class_index) <> dataset.n_samples
    or list_min(label.class_index) < 0
    or list_max(label.class_index) >= len(label.class_names)
