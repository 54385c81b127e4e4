-- name: label
-- doc: one row per dataset and level of its labels
-- key: dataset_key, level

create table label (
    dataset_key varchar not null,
    level varchar not null,
    class_names varchar[] not null,
    class_index integer[] not null,
    primary key (dataset_key, level)
);

comment on table label is 'One row per dataset and level of its labels.';
comment on column label.dataset_key is
    'the dataset';
comment on column label.level is
    'name of the level';
comment on column label.class_names is
    'names of the classes, by class index';
comment on column label.class_index is
    'class index of every sample in sample order; NULL where the label is missing';
