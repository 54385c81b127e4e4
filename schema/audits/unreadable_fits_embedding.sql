-- name: unreadable_fits_embedding
-- doc: the samples of an embedding and those that could not be read are those of its dataset
-- reads: embedding, unreadable_sample, dataset

with counted as (
    select
        embedding_key,
        count(*) as n_unreadable,
        max(sample_index) as last_index
    from unreadable_sample
    group by embedding_key
)

select
    embedding.embedding_key,
    embedding.n,
    counted.n_unreadable,
    dataset.n_samples
from embedding
inner join dataset using (dataset_key)
left join counted using (embedding_key)
where
    embedding.n + coalesce(counted.n_unreadable, 0) <> dataset.n_samples
    or counted.last_index >= dataset.n_samples
