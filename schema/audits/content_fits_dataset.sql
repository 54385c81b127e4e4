-- name: content_fits_dataset
-- doc: a dataset has one digest for every sample, and is known by the digests that it has
-- reads: dataset

with digested as (
    select
        dataset_key,
        n_samples,
        content_sha256,
        len(sample_sha256) as n_digests,
        -- a line each; that of a sample that could not be read is empty
        sha256(array_to_string([coalesce(x, '') for x in sample_sha256], chr(10))) as found_sha256
    from dataset
    -- the loader has looked at older ones; to hash a million samples takes a second
    where rowid >= $first_dataset
)

select
    dataset_key,
    n_samples,
    n_digests,
    content_sha256,
    found_sha256
from digested
where
    n_digests <> n_samples
    or found_sha256 is distinct from content_sha256
