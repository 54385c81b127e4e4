-- name: 0005_neighbours
-- doc: neighbours that several reductions share have a table

create table neighbours (
    neighbours_key varchar not null,
    embedding_key varchar not null,
    zscore boolean not null,
    metric varchar not null,
    dtype varchar not null,
    n integer not null,
    k integer not null,
    uri varchar not null,
    sha256 varchar not null,
    wall_s double not null,
    peak_bytes bigint,
    threads integer not null,
    device varchar not null,
    host varchar not null,
    versions json not null,
    created_at timestamptz not null,
    cpu_energy_j double,
    gpu_energy_j double,
    primary key (neighbours_key),
    check (n > 0),
    check (k >= 0),
    check (isfinite(wall_s))
);

comment on table neighbours is 'One row per embedding, scaling, input dtype and number of neighbours.';
comment on column neighbours.neighbours_key is
    'sha256 of embedding, scaling, input dtype and number of neighbours';
comment on column neighbours.embedding_key is
    'the embedding';
comment on column neighbours.zscore is
    'whether each dimension was z-scored first';
comment on column neighbours.metric is
    'distance between samples: euclidean, or arccos, the angle';
comment on column neighbours.dtype is
    'floating point type of the features';
comment on column neighbours.n is
    'number of samples';
comment on column neighbours.k is
    'nearest other samples kept of each sample';
comment on column neighbours.uri is
    'where the array lies, relative to the store';
comment on column neighbours.sha256 is
    'sha256 of the stored file';
comment on column neighbours.wall_s is
    'wall time, in seconds';
comment on column neighbours.peak_bytes is
    'peak resident memory of the worker, in bytes';
comment on column neighbours.threads is
    'threads planned for the stage';
comment on column neighbours.device is
    'device that computed it, such as cpu or cuda:0';
comment on column neighbours.host is
    'machine that computed it';
comment on column neighbours.versions is
    'versions of the libraries that computed it';
comment on column neighbours.created_at is
    'when it was finished';
comment on column neighbours.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column neighbours.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';
