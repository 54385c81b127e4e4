-- Tables that migrations have changed since, as the first of this generation were made.

create table embedding (
    embedding_key varchar not null,
    encoder_key varchar not null,
    dataset_key varchar not null,
    transform json not null,
    precision varchar not null,
    n integer not null,
    dim integer not null,
    uri varchar not null,
    sha256 varchar not null,
    content_sha256 varchar,
    weights_sha256 varchar,
    wall_s double not null,
    images_per_s double,
    peak_bytes bigint,
    threads integer not null,
    device varchar not null,
    host varchar not null,
    versions json not null,
    created_at timestamptz not null,
    cpu_energy_j double,
    gpu_energy_j double,
    primary key (embedding_key),
    check (n > 0),
    check (dim > 0),
    check (isfinite(wall_s))
);

comment on table embedding is 'One row per encoder, dataset, transform and precision.';
comment on column embedding.embedding_key is
    'sha256 of encoder, dataset, transform and precision';
comment on column embedding.encoder_key is
    'the encoder';
comment on column embedding.dataset_key is
    'the dataset';
comment on column embedding.transform is
    'preprocessing of the images: size, resize, crop, mean, std';
comment on column embedding.precision is
    'floating point type of the forward pass, such as float32';
comment on column embedding.n is
    'number of samples that could be read; unreadable_sample names the others';
comment on column embedding.dim is
    'number of features';
comment on column embedding.uri is
    'where the array lies, relative to the store';
comment on column embedding.sha256 is
    'sha256 of the stored file';
comment on column embedding.content_sha256 is
    'sha256 of the digests of the samples as read, that of the dataset; NULL where stored features were read';
comment on column embedding.weights_sha256 is
    'sha256 of the weights really loaded; NULL for encoders without weights';
comment on column embedding.wall_s is
    'wall time, in seconds';
comment on column embedding.images_per_s is
    'images embedded a second';
comment on column embedding.peak_bytes is
    'peak resident memory of the worker, in bytes';
comment on column embedding.threads is
    'threads planned for the stage';
comment on column embedding.device is
    'device that computed it, such as cpu or cuda:0';
comment on column embedding.host is
    'machine that computed it';
comment on column embedding.versions is
    'versions of the libraries that computed it';
comment on column embedding.created_at is
    'when it was finished';
comment on column embedding.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column embedding.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';

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
    'wall time of the clustering alone, in seconds';
comment on column run.peak_bytes is
    'peak resident memory of the worker, in bytes';
comment on column run.threads is
    'threads planned for the stage';
comment on column run.device is
    'device that computed it';
comment on column run.host is
    'machine that computed it; imported: tracked elsewhere, without an assignment';
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

create table task (
    task_id varchar not null,
    ingest_id varchar not null,
    stage varchar not null,
    subject varchar not null,
    subject_key varchar not null,
    status varchar not null,
    reason varchar,
    notes varchar,
    wall_s double,
    peak_bytes bigint,
    threads integer not null,
    host varchar not null,
    started_at timestamptz not null,
    cpu_energy_j double,
    gpu_energy_j double,
    primary key (task_id),
    check (stage in ('embed', 'reduce', 'cluster', 'score', 'probe')),
    check (wall_s is null or isfinite(wall_s))
);

comment on table task is 'One row per stage task that an ingest executed.';
comment on column task.task_id is
    'random name of the execution';
comment on column task.ingest_id is
    'random name of the ingest';
comment on column task.stage is
    'embed, reduce, cluster, score or probe';
comment on column task.subject is
    'what was computed, in names';
comment on column task.subject_key is
    'key of the embedding, reduction, cell or probe, or of the array that was scored in';
comment on column task.status is
    'as in run';
comment on column task.reason is
    'why it is not done; NULL when done';
comment on column task.notes is
    'warnings of the libraries that no other column holds; NULL without';
comment on column task.wall_s is
    'wall time, in seconds';
comment on column task.peak_bytes is
    'peak resident memory of the worker, in bytes';
comment on column task.threads is
    'threads planned for the stage';
comment on column task.host is
    'machine';
comment on column task.started_at is
    'when it began';
comment on column task.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column task.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';
