-- name: score
-- doc: one row per run, metric, space, subset and labels
-- key: run_key, metric, space, subset, label_key
-- refers:
--   run_key run, else left out
--   label_key label if score.label_key <> ''

create table score (
    run_key varchar not null,
    metric varchar not null,
    space varchar not null,
    subset varchar not null,
    label_key varchar not null,
    value double,
    reason varchar,
    primary key (run_key, metric, space, subset, label_key),
    check (space in ('labels', 'reduced', 'fit', 'original', 'umap')),
    check (subset in ('all', 'clustered')),
    check (value is null or isfinite(value)),
    check ((value is null) = (reason is not null))
);

comment on table score is 'One row per run, metric, space, subset and labels.';
comment on column score.run_key is
    'the run';
comment on column score.metric is
    'metric, such as ami or silhouette';
comment on column score.space is
    'labels (external), reduced, fit, original or umap';
comment on column score.subset is
    'all: noise is one more cluster; clustered: noise left out';
comment on column score.label_key is
    'labels judged against; empty for metrics that need none';
comment on column score.value is
    'the score; NULL where it is undefined';
comment on column score.reason is
    'why the value is NULL';
