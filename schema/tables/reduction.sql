-- name: reduction
-- doc: one row per embedding, reducer, seed and input dtype
-- key: reduction_key
-- refers:
--   embedding_key embedding, else left out
--   reducer_key reducer

create table reduction (
    reduction_key varchar not null,
    embedding_key varchar not null,
    reducer_key varchar not null,
    seed integer,
    dtype varchar not null,
    n integer not null,
    dim integer not null,
    uri varchar not null,
    sha256 varchar not null,
    explained_variance double,
    wall_s double not null,
    peak_bytes bigint,
    threads integer not null,
    device varchar not null,
    host varchar not null,
    versions json not null,
    created_at timestamptz not null,
    cpu_energy_j double,
    gpu_energy_j double,
    primary key (reduction_key),
    check (n > 0),
    check (dim > 0),
    check (isfinite(wall_s)),
    check (explained_variance is null or isfinite(explained_variance))
);

comment on table reduction is 'One row per embedding, reducer, seed and input dtype.';
comment on column reduction.reduction_key is
    'sha256 of embedding, reducer, seed (where the method uses one) and input dtype';
comment on column reduction.embedding_key is
    'the embedding';
comment on column reduction.reducer_key is
    'the reducer';
comment on column reduction.seed is
    'seed of the method; NULL where it uses none';
comment on column reduction.dtype is
    'floating point type of the input';
comment on column reduction.n is
    'number of samples';
comment on column reduction.dim is
    'number of dimensions kept';
comment on column reduction.uri is
    'where the array lies, relative to the store';
comment on column reduction.sha256 is
    'sha256 of the stored file';
comment on column reduction.explained_variance is
    'share of variance kept, 0 to 1, for PCA';
comment on column reduction.wall_s is
    'wall time, in seconds';
comment on column reduction.peak_bytes is
    'peak resident memory of the worker, in bytes';
comment on column reduction.threads is
    'threads planned for the stage';
comment on column reduction.device is
    'device that computed it, such as cpu or cuda:0';
comment on column reduction.host is
    'machine that computed it';
comment on column reduction.versions is
    'versions of the libraries that computed it';
comment on column reduction.created_at is
    'when it was finished';
comment on column reduction.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column reduction.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';
