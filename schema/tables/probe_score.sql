-- name: probe_score
-- doc: one row per probe and metric
-- key: probe_key, metric
-- refers:
--   probe_key probe

create table probe_score (
    probe_key varchar not null,
    metric varchar not null,
    value double,
    reason varchar,
    primary key (probe_key, metric),
    check (value is null or isfinite(value)),
    check ((value is null) = (reason is not null))
);

comment on table probe_score is 'One row per probe and metric.';
comment on column probe_score.probe_key is
    'the probe';
comment on column probe_score.metric is
    'accuracy, top5, balanced_accuracy, f1_micro, f1_macro, f1_weighted (0 to 1), cross_entropy (nats) or learning_rate';
comment on column probe_score.value is
    'the score; NULL where it is not applicable';
comment on column probe_score.reason is
    'why the value is NULL';
