-- name: label_level
-- doc: one row per labelling of a dataset and level of its hierarchy
-- key: labelling_key, level
-- refers:
--   label_key label

create table label_level (
    labelling_key varchar not null,
    level varchar not null,
    depth integer not null,
    is_target boolean not null,
    label_key varchar not null,
    primary key (labelling_key, level),
    check (depth >= 0)
);

comment on table label_level is 'One row per labelling of a dataset and level of its hierarchy.';
comment on column label_level.labelling_key is
    'sha256 of all levels: name, depth, target, labels';
comment on column label_level.level is
    'name of the level, such as species';
comment on column label_level.depth is
    'depth in the label hierarchy, 0 coarsest';
comment on column label_level.is_target is
    'whether clusterings are judged by this level by default';
comment on column label_level.label_key is
    'the labels at this level';
