-- name: array_score
-- doc: one row per array, labels and metric
-- key: array_key, label_key, metric
-- refers:
--   array_key embedding or reduction, else left out
--   label_key label

create table array_score (
    array_key varchar not null,
    label_key varchar not null,
    metric varchar not null,
    value double,
    reason varchar,
    primary key (array_key, label_key, metric),
    check (value is null or isfinite(value)),
    check ((value is null) = (reason is not null))
);

comment on table array_score is 'One row per array, labels and metric.';
comment on column array_score.array_key is
    'key of the embedding or reduction';
comment on column array_score.label_key is
    'the true labels';
comment on column array_score.metric is
    'metric of the true labels as if they were clusters';
comment on column array_score.value is
    'the score; NULL where it is undefined';
comment on column array_score.reason is
    'why the value is NULL';
