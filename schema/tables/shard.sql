-- name: shard
-- doc: one row per shard that was loaded
-- key: shard_sha256
-- refers:

create table shard (
    shard_sha256 varchar not null,
    shard_seq integer not null,
    n_rows bigint not null,
    source varchar not null,
    loaded_at timestamptz not null,
    primary key (shard_sha256)
);

comment on table shard is 'One row per shard that was loaded.';
comment on column shard.shard_sha256 is
    'sha256 of the manifest of the shard, which holds the sha256 of each of its files';
comment on column shard.shard_seq is
    'order of loading, from 1';
comment on column shard.n_rows is
    'rows it brought, duplicates included';
comment on column shard.source is
    'name of the shard';
comment on column shard.loaded_at is
    'when it was loaded';
