-- name: dataset
-- doc: one row per sequence of images (or of rows of features), known by their content
-- key: dataset_key
-- refers:

create table dataset (
    dataset_key varchar not null,
    n_samples integer not null,
    content_sha256 varchar,
    sample_sha256 varchar[],
    facts json not null,
    primary key (dataset_key),
    check (n_samples > 0)
);

comment on table dataset is 'One row per sequence of images (or of rows of features), known by their content.';
comment on column dataset.dataset_key is
    'sha256 of content_sha256 and facts';
comment on column dataset.n_samples is
    'number of samples';
comment on column dataset.content_sha256 is
    'sha256 of the digests of all samples in order, a line each; NULL where the samples were never seen (imported runs)';
comment on column dataset.sample_sha256 is
    'sha256 of the bytes of each sample in order, NULL for one that could not be read; NULL as a whole for imported runs';
comment on column dataset.facts is
    'what else decides which pixels are seen, such as EXIF orientation; {} where nothing does';
