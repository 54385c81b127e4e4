-- name: label
-- doc: one row per labelling of samples with classes
-- key: label_key
-- refers:

create table label (
    label_key varchar not null,
    n_classes integer not null,
    imbalance double,
    class_names varchar[],
    class_index integer[],
    primary key (label_key),
    check (n_classes > 0),
    check (imbalance is null or (isfinite(imbalance) and imbalance >= 1))
);

comment on table label is 'One row per labelling of samples with classes.';
comment on column label.label_key is
    'sha256 of class_names and class_index';
comment on column label.n_classes is
    'classes that occur';
comment on column label.imbalance is
    'largest class over smallest class that occurs (at least 1); NULL for imported runs';
comment on column label.class_names is
    'names of the classes, by class index; NULL for imported runs';
comment on column label.class_index is
    'class index of each sample in order; NULL where the label is missing; NULL as a whole for imported runs';
