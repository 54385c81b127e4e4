-- name: clusterer_name
-- doc: one row per name and time when this became the declaration of the name
-- key: name, declared_at, meaning
-- refers:
--   clusterer_key clusterer

create table clusterer_name (
    name varchar not null,
    clusterer_key varchar not null,
    declared_at timestamptz not null,
    meaning varchar not null,
    title varchar not null,
    doc varchar,
    tags varchar[] not null,
    k_source varchar not null,
    k integer,
    slot varchar not null,
    primary key (name, declared_at, meaning),
    check (k_source in ('labels', 'given', 'estimated'))
);

comment on table clusterer_name is 'One row per name and time when this became the declaration of the name.';
comment on column clusterer_name.name is
    'name in the catalog or in a grid file';
comment on column clusterer_name.clusterer_key is
    'the clusterer that the name means';
comment on column clusterer_name.declared_at is
    'when an ingest or an import found this to be the newest declaration of the name';
comment on column clusterer_name.meaning is
    'sha256 of the clusterer and of the source of K: one version of the name';
comment on column clusterer_name.title is
    'name for figures';
comment on column clusterer_name.doc is
    'one line for people; NULL without';
comment on column clusterer_name.tags is
    'selectors: @tag in a grid means every entry that has it';
comment on column clusterer_name.k_source is
    'labels: K is the number of classes; given: K is a parameter; estimated: the method finds K';
comment on column clusterer_name.k is
    'the given K; NULL otherwise';
comment on column clusterer_name.slot is
    'place it takes in a recipe, such as spectral: clusterers of one slot are compared as one';
