-- name: run
-- doc: one row per attempt at a cell
-- key: run_key
-- refers:
--   cell_key cell
--   shard_seq shard if run.shard_seq > $since

create table run (
    run_key varchar not null,
    cell_key varchar not null,
    status varchar not null,
    reason varchar,
    over_limit_bytes bigint,
    n_clusters integer,
    n_noise integer,
    converged boolean,
    n_iter integer,
    wall_s double,
    peak_bytes bigint,
    threads integer,
    device varchar,
    host varchar not null,
    versions json not null,
    started_at timestamptz not null,
    shard_seq integer not null,
    cpu_energy_j double,
    gpu_energy_j double,
    embed_wall_s double,
    reduce_wall_s double,
    tracked_in varchar,
    linkage_key varchar,
    primary key (run_key),
    check (status in ('done', 'not_converged', 'degenerate', 'failed', 'oom', 'timeout', 'killed', 'skipped')),
    check ((status = 'done') = (reason is null)),
    check (wall_s is null or isfinite(wall_s))
);

comment on table run is 'One row per attempt at a cell.';
comment on column run.run_key is
    'random name of the attempt';
comment on column run.cell_key is
    'the cell';
comment on column run.status is
    'done, not_converged, degenerate, failed, oom, timeout, killed or skipped';
comment on column run.reason is
    'why it is not done; NULL when done';
comment on column run.over_limit_bytes is
    'memory limit that its forecast was over, in bytes; NULL when it was not skipped for that';
comment on column run.n_clusters is
    'clusters found, noise excluded';
comment on column run.n_noise is
    'samples left as noise';
comment on column run.converged is
    'whether the method says that it converged; NULL where it does not say';
comment on column run.n_iter is
    'iterations; NULL where the method does not say';
comment on column run.wall_s is
    'wall time of the clustering alone, in seconds; a tree has its own';
comment on column run.peak_bytes is
    'peak resident memory of the worker, in bytes';
comment on column run.threads is
    'threads planned for the stage';
comment on column run.device is
    'device that computed it';
comment on column run.host is
    'machine that computed it; imported where it was tracked elsewhere';
comment on column run.versions is
    'versions of the libraries that computed it';
comment on column run.started_at is
    'when the attempt began';
comment on column run.shard_seq is
    'number of the shard that brought it; the first closing run of a cell counts';
comment on column run.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column run.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';
comment on column run.embed_wall_s is
    'wall time of the embedding, in seconds, as a tracker recorded it with the run; NULL where the embedding has a row';
comment on column run.reduce_wall_s is
    'wall time of the reduction, in seconds, as a tracker recorded it with the run; NULL where the reduction has a row';
comment on column run.tracked_in is
    'file of tracked runs that an import read it from; NULL where zscwh computed it';
comment on column run.linkage_key is
    'the tree that was cut; NULL where the method cuts none';
