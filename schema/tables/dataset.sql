-- name: dataset
-- doc: one row per dataset and split at one state of its samples
-- key: dataset_key

create table dataset (
    dataset_key varchar not null,
    name varchar not null,
    domain_group varchar,
    n_samples integer not null,
    n_classes integer,
    imbalance double,
    loader json not null,
    tags varchar[] not null,
    train varchar,
    subset json,
    ignored varchar[],
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
comment on column dataset.train is
    'name of the dataset that supplies the references of its probes; NULL without';
comment on column dataset.subset is
    'how its samples were drawn from the whole: n, seed, stratified; NULL when it is the whole';
comment on column dataset.ignored is
    'files in its folder or archive that are no images by name or content';
