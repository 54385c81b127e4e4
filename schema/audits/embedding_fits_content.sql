-- name: embedding_fits_content
-- doc: an embedding was made of the samples that its dataset is known by
-- reads: embedding, dataset

select
    embedding.embedding_key,
    embedding.dataset_key,
    embedding.content_sha256 as read_sha256,
    dataset.content_sha256
from embedding
inner join dataset using (dataset_key)
where
    -- NULL: imported, or from elsewhere, so that nothing was read here
    embedding.content_sha256 is not null
    and embedding.content_sha256 is distinct from dataset.content_sha256
