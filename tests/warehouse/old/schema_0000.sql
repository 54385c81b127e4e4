
create table array_score (
    array_key varchar not null,
    level varchar not null,
    metric varchar not null,
    value double,
    reason varchar,
    primary key (array_key, level, metric),
    check (value is null or isfinite(value)),
    check ((value is null) = (reason is not null))
);

comment on table array_score is 'One row per array, label level and metric.';
comment on column array_score.array_key is
    'key of the embedding or reduction';
comment on column array_score.level is
    'level of the true labels';
comment on column array_score.metric is
    'metric of the true labels as if they were clusters';
comment on column array_score.value is
    'the score; NULL where it is undefined';
comment on column array_score.reason is
    'why the value is NULL';

create table assignment (
    run_key varchar not null,
    labels integer[] not null,
    primary key (run_key)
);

comment on table assignment is 'One row per run that clustered.';
comment on column assignment.run_key is
    'the run';
comment on column assignment.labels is
    'cluster of every sample in sample order, from 0; -1 is noise';

create table cell (
    cell_key varchar not null,
    encoder_key varchar not null,
    dataset_key varchar not null,
    subset varchar not null,
    level varchar,
    embedding_key varchar not null,
    reducer_key varchar not null,
    reduction_key varchar not null,
    clusterer_key varchar not null,
    seed integer not null,
    dtype varchar not null,
    primary key (cell_key)
);

comment on table cell is 'One row per declared cell of a grid.';
comment on column cell.cell_key is
    'sha256 of all that changes the result of the cell';
comment on column cell.encoder_key is
    'the encoder';
comment on column cell.dataset_key is
    'the dataset';
comment on column cell.subset is
    'sample subset; all is every sample';
comment on column cell.level is
    'target label level; NULL for a dataset without labels';
comment on column cell.embedding_key is
    'the embedding it starts from';
comment on column cell.reducer_key is
    'the reducer';
comment on column cell.reduction_key is
    'the reduction that is clustered';
comment on column cell.clusterer_key is
    'the clusterer';
comment on column cell.seed is
    'seed of reducer and clusterer';
comment on column cell.dtype is
    'floating point type that reducer and clusterer see';

create table clusterer (
    clusterer_key varchar not null,
    name varchar not null,
    kind varchar not null,
    params json not null,
    k_source varchar not null,
    k integer,
    knows_k boolean not null,
    standardise varchar not null,
    dimension_correction boolean not null,
    tags varchar[] not null,
    primary key (clusterer_key),
    check (k_source in ('labels', 'given', 'estimated'))
);

comment on table clusterer is 'One row per clusterer: method, parameters, scaling of its input and source of K.';
comment on column clusterer.clusterer_key is
    'sha256 of all columns but the name and the tags';
comment on column clusterer.name is
    'name in the catalog';
comment on column clusterer.kind is
    'method: kmeans, spectral, agglomerative, affinity, hdbscan, ...';
comment on column clusterer.params is
    'all parameters, defaults included';
comment on column clusterer.k_source is
    'labels: K is the number of classes; given: K is a parameter; estimated: the method finds K';
comment on column clusterer.k is
    'the given K; NULL otherwise';
comment on column clusterer.knows_k is
    'whether K comes from the labels';
comment on column clusterer.standardise is
    'post-standardisation of the reduced space before clustering';
comment on column clusterer.dimension_correction is
    'whether the input is divided by sqrt(d), or by d for L1-type metrics';
comment on column clusterer.tags is
    'tags of the catalog entry';

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

comment on table dataset is 'One row per dataset and split at one state of its samples.';
comment on column dataset.dataset_key is
    'fingerprint: sha256 of the sorted sample ids with their sizes and labels';
comment on column dataset.name is
    'name in the catalog; one name means one state in a warehouse';
comment on column dataset.domain_group is
    'group of the study, such as Fine-grained or Far-OOD';
comment on column dataset.n_samples is
    'number of samples';
comment on column dataset.n_classes is
    'distinct labels at the target level; NULL without labels';
comment on column dataset.imbalance is
    'largest class over smallest class at the target level; NULL without labels';
comment on column dataset.loader is
    'declared loader: kind and parameters';
comment on column dataset.tags is
    'tags of the catalog entry';

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
    'number of samples';
comment on column embedding.dim is
    'number of features';
comment on column embedding.uri is
    'where the array lies, relative to the store';
comment on column embedding.sha256 is
    'sha256 of the stored file';
comment on column embedding.content_sha256 is
    'sha256 over the content of all samples as read; NULL where only features were read';
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

comment on table encoder is 'One row per declared encoder.';
comment on column encoder.encoder_key is
    'sha256 of the declared identity: loader, feature, image size, preprocessing';
comment on column encoder.name is
    'name in the catalog; one name means one encoder in a warehouse';
comment on column encoder.backbone is
    'architecture, such as ResNet-50';
comment on column encoder.family is
    'supervised, ssl, none (pixels), random, multimodal or unknown';
comment on column encoder.objective is
    'training objective, such as DINO';
comment on column encoder.pretrained_on is
    'training data of the weights';
comment on column encoder.fine_tuned is
    'whether the weights were fine-tuned with labels';
comment on column encoder.feature is
    'what is taken as the feature: cls, gap, pixels, ...';
comment on column encoder.image_size is
    'side of the square input, in pixels; NULL for stored embeddings';
comment on column encoder.loader is
    'declared loader: kind and parameters';
comment on column encoder.tags is
    'tags of the catalog entry';

create table grid (
    grid_key varchar not null,
    name varchar not null,
    toml varchar not null,
    source varchar not null,
    declared_at timestamptz not null,
    primary key (grid_key, declared_at)
);

comment on table grid is 'One row per grid and time when it became the declaration of its name.';
comment on column grid.grid_key is
    'sha256 of the cells and scores that it declares';
comment on column grid.name is
    'name in the file';
comment on column grid.toml is
    'text of the declaration';
comment on column grid.source is
    'name of the file';
comment on column grid.declared_at is
    'when an ingest found it to be the newest declaration of its name';

create table grid_cell (
    grid_key varchar not null,
    cell_key varchar not null,
    primary key (grid_key, cell_key)
);

comment on table grid_cell is 'One row per grid and cell that it declares.';
comment on column grid_cell.grid_key is
    'the grid';
comment on column grid_cell.cell_key is
    'the cell';

create table grid_score (
    grid_key varchar not null,
    score varchar not null,
    metric varchar not null,
    space varchar not null,
    subset varchar not null,
    primary key (grid_key, score)
);

comment on table grid_score is 'One row per grid and score that it declares.';
comment on column grid_score.grid_key is
    'the grid';
comment on column grid_score.score is
    'name of the score in the catalog';
comment on column grid_score.metric is
    'metric';
comment on column grid_score.space is
    'space';
comment on column grid_score.subset is
    'subset';

create table label (
    dataset_key varchar not null,
    level varchar not null,
    class_names varchar[] not null,
    class_index integer[] not null,
    primary key (dataset_key, level)
);

comment on table label is 'One row per dataset and level of its labels.';
comment on column label.dataset_key is
    'the dataset';
comment on column label.level is
    'name of the level';
comment on column label.class_names is
    'names of the classes, by class index';
comment on column label.class_index is
    'class index of every sample in sample order; NULL where the label is missing';

create table label_level (
    dataset_key varchar not null,
    level varchar not null,
    depth integer not null,
    n_classes integer not null,
    is_target boolean not null,
    primary key (dataset_key, level),
    check (depth >= 0)
);

comment on table label_level is 'One row per dataset and level of its labels.';
comment on column label_level.dataset_key is
    'the dataset';
comment on column label_level.level is
    'name of the level, such as species';
comment on column label_level.depth is
    'depth in the label hierarchy, 0 coarsest';
comment on column label_level.n_classes is
    'distinct labels that occur at this level';
comment on column label_level.is_target is
    'whether clusterings are judged by this level by default';

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
    'wall time, in seconds';

create table probe_score (
    probe_key varchar not null,
    metric varchar not null,
    value double,
    reason varchar,
    primary key (probe_key, metric),
    check (value is null or isfinite(value)),
    check ((value is null) = (reason is not null))
);

comment on table probe_score is 'One row per probe and metric.';
comment on column probe_score.probe_key is
    'the probe';
comment on column probe_score.metric is
    'accuracy or top5, 0 to 1';
comment on column probe_score.value is
    'the score; NULL where it is not applicable';
comment on column probe_score.reason is
    'why the value is NULL';

create table projection (
    reduction_key varchar not null,
    x float[] not null,
    y float[] not null,
    primary key (reduction_key)
);

comment on table projection is 'One row per two-dimensional reduction kept for drawing.';
comment on column projection.reduction_key is
    'the reduction';
comment on column projection.x is
    'first coordinate of every sample, in sample order';
comment on column projection.y is
    'second coordinate of every sample, in sample order';

create table reducer (
    reducer_key varchar not null,
    name varchar not null,
    kind varchar not null,
    params json not null,
    tags varchar[] not null,
    primary key (reducer_key)
);

comment on table reducer is 'One row per reducer: method and parameters.';
comment on column reducer.reducer_key is
    'sha256 of kind and parameters';
comment on column reducer.name is
    'name in the catalog';
comment on column reducer.kind is
    'method: none, pca, umap, ...';
comment on column reducer.params is
    'all parameters, defaults included';
comment on column reducer.tags is
    'tags of the catalog entry';

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
    'machine that computed it';
comment on column run.versions is
    'versions of the libraries that computed it';
comment on column run.started_at is
    'when the attempt began';
comment on column run.shard_seq is
    'number of the shard that brought it; the first closing run of a cell counts';

create table sample (
    dataset_key varchar not null,
    sample_index integer not null,
    sample_id varchar not null,
    primary key (dataset_key, sample_index),
    check (sample_index >= 0)
);

comment on table sample is 'One row per dataset and sample.';
comment on column sample.dataset_key is
    'the dataset';
comment on column sample.sample_index is
    'position in the stable sample order, from 0';
comment on column sample.sample_id is
    'path inside the dataset, or another name of the sample';

create table schema_migration (
    version integer not null,
    name varchar not null,
    sha256 varchar not null,
    applied_at timestamptz not null,
    primary key (version)
);

comment on table schema_migration is 'One row per migration that was applied.';
comment on column schema_migration.version is
    'number of the migration; 0 is the creation of the file';
comment on column schema_migration.name is
    'name of the migration';
comment on column schema_migration.sha256 is
    'sha256 of its file, which must never change';
comment on column schema_migration.applied_at is
    'when it was applied';

create table score (
    run_key varchar not null,
    metric varchar not null,
    space varchar not null,
    subset varchar not null,
    level varchar not null,
    value double,
    reason varchar,
    primary key (run_key, metric, space, subset, level),
    check (space in ('labels', 'reduced', 'fit', 'original', 'umap')),
    check (subset in ('all', 'clustered')),
    check (value is null or isfinite(value)),
    check ((value is null) = (reason is not null))
);

comment on table score is 'One row per run, metric, space, subset and label level.';
comment on column score.run_key is
    'the run';
comment on column score.metric is
    'metric, such as ami or silhouette';
comment on column score.space is
    'labels (external), reduced, fit, original or umap';
comment on column score.subset is
    'all: noise is one more cluster; clustered: noise left out';
comment on column score.level is
    'label level judged against; empty for metrics that need no labels';
comment on column score.value is
    'the score; NULL where it is undefined';
comment on column score.reason is
    'why the value is NULL';

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
    primary key (task_id),
    check (stage in ('embed', 'reduce', 'cluster', 'score')),
    check (wall_s is null or isfinite(wall_s))
);

comment on table task is 'One row per stage task that an ingest executed.';
comment on column task.task_id is
    'random name of the execution';
comment on column task.ingest_id is
    'random name of the ingest';
comment on column task.stage is
    'embed, reduce, cluster or score';
comment on column task.subject is
    'what was computed, in names';
comment on column task.subject_key is
    'key of the embedding, reduction or cell, or of the array that was scored in';
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
