-- name: unreadable_sample
-- doc: one row per embedding and sample that could not be read and is left out of it
-- key: embedding_key, sample_index
-- refers:
--   embedding_key embedding, else left out

create table unreadable_sample (
    embedding_key varchar not null,
    sample_index integer not null,
    reason varchar not null,
    primary key (embedding_key, sample_index),
    check (sample_index >= 0)
);

comment on table unreadable_sample is 'One row per embedding and sample that could not be read and is left out of it.';
comment on column unreadable_sample.embedding_key is
    'the embedding';
comment on column unreadable_sample.sample_index is
    'position of the sample in the dataset, from 0';
comment on column unreadable_sample.reason is
    'what is wrong with its file, as it was found';
