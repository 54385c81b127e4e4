-- name: 0004_linkage
-- doc: trees of merges have a table, which runs name

create table linkage (
    linkage_key varchar not null,
    array_key varchar not null,
    method varchar not null,
    params json not null,
    standardise varchar not null,
    dimension_correction boolean not null,
    dtype varchar not null,
    n integer not null,
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
    primary key (linkage_key),
    check (n > 1),
    check (isfinite(wall_s))
);

comment on table linkage is 'One row per array and tree of merges that was grown of it.';
comment on column linkage.linkage_key is
    'sha256 of array, parameters of the tree, scaling and input dtype';
comment on column linkage.array_key is
    'the embedding or reduction whose samples are merged';
comment on column linkage.method is
    'kind of the clusterers that cut it, such as agglomerative';
comment on column linkage.params is
    'parameters that the tree depends on: linkage, metric, engine';
comment on column linkage.standardise is
    'standardisation of the array before, none without';
comment on column linkage.dimension_correction is
    'whether features were divided so that distances do not grow with their number';
comment on column linkage.dtype is
    'floating point type of the input';
comment on column linkage.n is
    'number of samples';
comment on column linkage.uri is
    'where the array lies, relative to the store';
comment on column linkage.sha256 is
    'sha256 of the stored file';
comment on column linkage.wall_s is
    'wall time, in seconds';
comment on column linkage.peak_bytes is
    'peak resident memory of the worker, in bytes';
comment on column linkage.threads is
    'threads planned for the stage';
comment on column linkage.device is
    'device that computed it, such as cpu or cuda:0';
comment on column linkage.host is
    'machine that computed it';
comment on column linkage.versions is
    'versions of the libraries that computed it';
comment on column linkage.created_at is
    'when it was finished';
comment on column linkage.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column linkage.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';

alter table run add column linkage_key varchar;

comment on column run.linkage_key is
    'the tree that was cut; NULL where the method cuts none';
comment on column run.wall_s is
    'wall time of the clustering alone, in seconds; a tree has its own';
