-- name: embedding
-- doc: one row per encoder, dataset, transform and precision
-- key: embedding_key
-- refers:
--   encoder_key encoder
--   dataset_key dataset

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
    n_parameters bigint,
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
comment on column embedding.n_parameters is
    'parameters of the network as it was run, without a head that was dropped; NULL for encoders without a network';
