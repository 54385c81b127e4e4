-- Some tables of the first generation, as the version that left them made them.

create table dataset (
    dataset_key varchar not null,
    name varchar not null,
    domain_group varchar,
    n_samples integer not null,
    n_classes integer,
    imbalance double,
    loader json not null,
    tags varchar[] not null,
    primary key (dataset_key),
    check (n_samples > 0),
    check (imbalance is null or (isfinite(imbalance) and imbalance >= 1))
);

create table encoder (
    encoder_key varchar not null,
    name varchar not null,
    backbone varchar,
    family varchar not null,
    objective varchar,
    pretrained_on varchar,
    fine_tuned boolean not null,
    feature varchar,
    image_size integer,
    loader json not null,
    tags varchar[] not null,
    primary key (encoder_key),
    check (family in ('supervised', 'ssl', 'none', 'random', 'multimodal', 'unknown'))
);

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
    primary key (run_key),
    check (status in ('done', 'not_converged', 'degenerate', 'failed', 'oom', 'timeout', 'killed', 'skipped')),
    check ((status = 'done') = (reason is null)),
    check (wall_s is null or isfinite(wall_s))
);

create table schema_migration (
    version integer not null,
    name varchar not null,
    sha256 varchar not null,
    applied_at timestamptz not null,
    primary key (version)
);

create table shard (
    shard_sha256 varchar not null,
    shard_seq integer not null,
    n_rows bigint not null,
    source varchar not null,
    loaded_at timestamptz not null,
    primary key (shard_sha256)
);

insert into schema_migration values (0, 'created', 'x', current_timestamp);
