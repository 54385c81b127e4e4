-- name: label_level
-- doc: one row per dataset and level of its labels
-- key: dataset_key, level

create table label_level (
    dataset_key varchar not null,
    level varchar not null,
    depth integer not null,
    n_classes integer not null,
    is_target boolean not null,
    primary key (dataset_key, level),
    check (depth >= 0)
);

comment on table label_level is 'One row per dataset and level of its labels.';
comment on column label_level.dataset_key is
    'the dataset';
comment on column label_level.level is
    'name of the level, such as species';
comment on column label_level.depth is
    'depth in the label hierarchy, 0 coarsest';
comment on column label_level.n_classes is
    'distinct labels that occur at this level';
comment on column label_level.is_target is
    'whether clusterings are judged by this level by default';
