-- name: dataset_name
-- doc: one row per name and time when this became the declaration of the name
-- key: name, declared_at, meaning
-- refers:
--   dataset_key dataset
--   labelling_key label_level if dataset_name.labelling_key <> sha256('{"kind":"labelling","levels":[],"revision":1}')
--   listing_key listing

create table dataset_name (
    name varchar not null,
    dataset_key varchar not null,
    declared_at timestamptz not null,
    meaning varchar not null,
    title varchar not null,
    doc varchar,
    tags varchar[] not null,
    labelling_key varchar not null,
    listing_key varchar,
    domain_group varchar,
    licence varchar,
    loader json not null,
    train varchar,
    subset json,
    ignored varchar[],
    primary key (name, declared_at, meaning)
);

comment on table dataset_name is 'One row per name and time when this became the declaration of the name.';
comment on column dataset_name.name is
    'name in the catalog or in a grid file';
comment on column dataset_name.dataset_key is
    'the dataset that the name means';
comment on column dataset_name.declared_at is
    'when an ingest or an import found this to be the newest declaration of the name';
comment on column dataset_name.meaning is
    'sha256 of the images and of the labels at all levels: one version of the name';
comment on column dataset_name.title is
    'name for figures';
comment on column dataset_name.doc is
    'one line for people; NULL without';
comment on column dataset_name.tags is
    'selectors: @tag in a grid means every entry that has it';
comment on column dataset_name.labelling_key is
    'its label levels';
comment on column dataset_name.listing_key is
    'the names of its samples; NULL for imported runs';
comment on column dataset_name.domain_group is
    'group of the study, such as Fine-grained or Far-OOD';
comment on column dataset_name.licence is
    'licence of the images; NULL where none was declared';
comment on column dataset_name.loader is
    'loader as declared: kind and parameters';
comment on column dataset_name.train is
    'name of the dataset that supplies the references of its probes; NULL without';
comment on column dataset_name.subset is
    'how its samples were drawn from the whole: n, seed, stratified; NULL when it is the whole';
comment on column dataset_name.ignored is
    'files in its folder or archive that are not images by name or content';
