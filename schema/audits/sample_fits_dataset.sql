-- name: sample_fits_dataset
-- doc: a dataset has a name for each of its samples, or for none
-- reads: sample, dataset

with counted as (
    select
        dataset_key,
        count(*) as n_named,
        max(sample_index) as last_index
    from sample
    group by dataset_key
)

select
    dataset.name as dataset,
    dataset.n_samples,
    counted.n_named,
    counted.last_index
from counted
inner join dataset using (dataset_key)
where
    counted.n_named <> dataset.n_samples
    or counted.last_index <> dataset.n_samples - 1
