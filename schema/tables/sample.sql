-- name: sample
-- doc: one row per dataset and sample
-- key: dataset_key, sample_index

create table sample (
    dataset_key varchar not null,
    sample_index integer not null,
    sample_id varchar not null,
    primary key (dataset_key, sample_index),
    check (sample_index >= 0)
);

comment on table sample is 'One row per dataset and sample.';
comment on column sample.dataset_key is
    'the dataset';
comment on column sample.sample_index is
    'position in the stable sample order, from 0';
comment on column sample.sample_id is
    'path inside the dataset, or another name of the sample';
