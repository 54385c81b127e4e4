-- name: unreadable
-- doc: one row per dataset, sample that could not be read and reason, with the encoders that miss it
-- params:
--   $grid text = null      only embeddings of the newest declaration of this grid
--   $dataset text = null   only this dataset
--   $encoder text = null   only this encoder
-- columns:
--   dataset text              name of the dataset
--   sample_index integer      position of the sample in the dataset, from 0
--   sample_id text            path inside the dataset, or another name; NULL where samples have no names
--   reason text               what is wrong with its file
--   n_encoders bigint         encoders that have an embedding without the sample
--   n_encoders_total bigint   encoders that have an embedding of the dataset
-- reads: unreadable_sample, embedding, encoder, dataset, sample, cell, declared_cell

with in_grid as (
    select cell.embedding_key
    from declared_cell
    inner join cell using (cell_key)
    where declared_cell.grid = $grid
),

embeddings as (
    select
        embedding.embedding_key,
        embedding.encoder_key,
        embedding.dataset_key,
        dataset.name as dataset
    from embedding
    inner join dataset using (dataset_key)
    inner join encoder using (encoder_key)
    where
        ($dataset is null or dataset.name = $dataset)
        and ($encoder is null or encoder.name = $encoder)
        and (
            $grid is null
            or embedding.embedding_key in (select in_grid.embedding_key from in_grid)
        )
),

totals as (
    select
        dataset_key,
        count(distinct encoder_key) as n_encoders_total
    from embeddings
    group by dataset_key
),

missed as (
    select
        embeddings.dataset_key,
        embeddings.dataset,
        unreadable_sample.sample_index,
        unreadable_sample.reason,
        count(distinct embeddings.encoder_key) as n_encoders
    from unreadable_sample
    inner join embeddings using (embedding_key)
    group by all
),

final as (
    select
        missed.*,
        sample.sample_id,
        totals.n_encoders_total
    from missed
    inner join totals using (dataset_key)
    left join sample
        on
            missed.dataset_key = sample.dataset_key
            and missed.sample_index = sample.sample_index
)

select
    dataset,
    sample_index,
    sample_id,
    reason,
    n_encoders,
    n_encoders_total
from final
order by dataset, sample_index, reason;
