-- name: 0001_breadth
-- doc: probes are tasks, samples that could not be read are named, datasets know their train set, clusterers their slot, and results the energy they took

alter table embedding add column cpu_energy_j double;
alter table embedding add column gpu_energy_j double;
comment on column embedding.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column embedding.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';

alter table reduction add column cpu_energy_j double;
alter table reduction add column gpu_energy_j double;
comment on column reduction.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column reduction.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';

alter table run add column cpu_energy_j double;
alter table run add column gpu_energy_j double;
comment on column run.host is
    'machine that computed it; imported: tracked elsewhere, without an assignment';
comment on column run.cpu_energy_j is
    'energy of the processors of the machine meanwhile, in joules; NULL where it does not tell';
comment on column run.gpu_energy_j is
    'energy of the usable GPUs meanwhile, in joules; NULL where none tells';

-- an update and a new NOT NULL do not go into one transaction, so the table is made anew;
-- what has not said otherwise is compared under its own name
create table clusterer_0001 (
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
    slot varchar not null,
    primary key (clusterer_key),
    check (k_source in ('labels', 'given', 'estimated'))
);

insert into clusterer_0001 by name select *, name as slot from clusterer;
drop table clusterer;
alter table clusterer_0001 rename to clusterer;
comment on table clusterer is 'One row per clusterer: method, parameters, scaling of its input and source of K.';
comment on column clusterer.clusterer_key is
    'sha256 of all columns but the name, the tags and the slot';
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
comment on column clusterer.slot is
    'place it takes in a recipe, such as spectral: clusterers of one slot are compared as one';

alter table dataset add column train varchar;
alter table dataset add column subset json;
alter table dataset add column ignored varchar[];
comment on column dataset.train is
    'name of the dataset that supplies the references of its probes; NULL without';
comment on column dataset.subset is
    'how its samples were drawn from the whole: n, seed, stratified; NULL when it is the whole';
comment on column dataset.ignored is
    'files in its folder or archive that are no images by name or content';

create table unreadable_sample (
    embedding_key varchar not null,
    sample_index integer not null,
    reason varchar not null,
    primary key (embedding_key, sample_index),
    check (sample_index >= 0)
);

comment on table unreadable_sample is 'One row per embedding and sample that could not be read and is left out of it.';
comment on column unreadable_sample.embedding_key is
    'the embedding';
comment on column unreadable_sample.sample_index is
    'position of the sample in the dataset, from 0';
comment on column unreadable_sample.reason is
    'what is wrong with its file, as it was found';
comment on column embedding.n is
    'number of samples that could be read; unreadable_sample names the others';
comment on column assignment.labels is
    'cluster of every sample in sample order, from 0; -1 is noise, NULL a sample that could not be read';
comment on column projection.x is
    'first coordinate of every sample, in sample order; NULL where it could not be read';
comment on column projection.y is
    'second coordinate of every sample, in sample order; NULL where it could not be read';

comment on column probe.wall_s is
    'wall time of the task that made all rows of the probe, in seconds; not to be summed';
comment on column probe_score.metric is
    'accuracy, top5, balanced_accuracy, f1_micro, f1_macro, f1_weighted (0 to 1), cross_entropy (nats) or learning_rate';

-- a check cannot be changed, so the table is made anew
create table task_0001 (
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

insert into task_0001 by name select * from task;
drop table task;
alter table task_0001 rename to task;
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
