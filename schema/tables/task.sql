-- name: task
-- doc: one row per stage task that an ingest executed
-- key: task_id
-- refers:

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
    kind varchar,
    forecast_s double,
    forecast_factor double,
    forecast_peak_bytes bigint,
    primary key (task_id),
    check (wall_s is null or isfinite(wall_s))
);

comment on table task is 'One row per stage task that an ingest executed.';
comment on column task.task_id is
    'random name of the execution';
comment on column task.ingest_id is
    'random name of the ingest';
comment on column task.stage is
    'kind of work, such as embed or cluster';
comment on column task.subject is
    'what was computed, in names';
comment on column task.subject_key is
    'key of what was made, such as an embedding or a cell, or of the array that was worked on';
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
comment on column task.kind is
    'stage and method, which forecasts are compared by';
comment on column task.forecast_s is
    'wall time that was forecast when it began, in seconds; NULL where several works were done together';
comment on column task.forecast_factor is
    'what earlier tasks of this kind had multiplied the forecast of the method by; 1 where there were none';
comment on column task.forecast_peak_bytes is
    'peak memory that was forecast for its worker, in bytes; NULL where several works were done together';
