-- name: clusterer
-- doc: one row per clusterer: method, parameters, scaling of its input and source of K
-- key: clusterer_key

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
    slot varchar not null,
    primary key (clusterer_key),
    check (k_source in ('labels', 'given', 'estimated'))
);

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
