-- name: probe
-- doc: one row per pair of embeddings, labels, method and parameters
-- key: probe_key
-- refers:
--   train_embedding_key embedding if exists (from probe_score where probe_score.probe_key = probe.probe_key and value is not null)
--   test_embedding_key embedding if exists (from probe_score where probe_score.probe_key = probe.probe_key and value is not null)
--   train_label_key label
--   label_key label

create table probe (
    probe_key varchar not null,
    train_embedding_key varchar not null,
    test_embedding_key varchar not null,
    train_label_key varchar,
    label_key varchar not null,
    method varchar not null,
    params json not null,
    wall_s double,
    primary key (probe_key)
);

comment on table probe is 'One row per pair of embeddings, labels, method and parameters.';
comment on column probe.probe_key is
    'sha256 of the embeddings, their labels, the method and its parameters';
comment on column probe.train_embedding_key is
    'embedding that supplies the references';
comment on column probe.test_embedding_key is
    'embedding that is judged';
comment on column probe.train_label_key is
    'labels of the references; NULL where they have no such level';
comment on column probe.label_key is
    'labels that are predicted';
comment on column probe.method is
    'knn or linear';
comment on column probe.params is
    'all parameters, such as k';
comment on column probe.wall_s is
    'wall time of the task that made all rows of the probe, in seconds; not to be summed';
