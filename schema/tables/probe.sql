-- name: probe
-- doc: one row per pair of embeddings, method and parameters
-- key: probe_key

create table probe (
    probe_key varchar not null,
    train_embedding_key varchar not null,
    test_embedding_key varchar not null,
    level varchar not null,
    method varchar not null,
    params json not null,
    wall_s double,
    primary key (probe_key)
);

comment on table probe is 'One row per pair of embeddings, method and parameters.';
comment on column probe.probe_key is
    'sha256 of the embeddings, the method and its parameters';
comment on column probe.train_embedding_key is
    'embedding that supplies the references';
comment on column probe.test_embedding_key is
    'embedding that is judged';
comment on column probe.level is
    'label level that is predicted';
comment on column probe.method is
    'knn or linear';
comment on column probe.params is
    'all parameters, such as k';
comment on column probe.wall_s is
    'wall time of the task that made all rows of the probe, in seconds; not to be summed';
