-- name: listing_fits_dataset
-- doc: the samples of a dataset have one name each
-- reads: dataset_name, dataset, listing

with counted as (
    select
        listing_key,
        len(sample_ids) as n_ids
    from listing
)

select distinct
    dataset_name.name as dataset,
    dataset_name.listing_key,
    dataset.n_samples,
    counted.n_ids
from dataset_name
inner join dataset using (dataset_key)
inner join counted using (listing_key)
where counted.n_ids <> dataset.n_samples
