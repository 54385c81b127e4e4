-- name: clusterer
-- doc: one row per clusterer: method, parameters and scaling of its input
-- key: clusterer_key
-- refers:

create table clusterer (
    clusterer_key varchar not null,
    kind varchar not null,
    params json not null,
    standardise varchar not null,
    dimension_correction boolean not null,
    primary key (clusterer_key)
);

comment on table clusterer is 'One row per clusterer: method, parameters and scaling of its input.';
comment on column clusterer.clusterer_key is
    'sha256 of all columns below';
comment on column clusterer.kind is
    'method: kmeans, spectral, agglomerative, affinity, hdbscan, ...';
comment on column clusterer.params is
    'all parameters, defaults included';
comment on column clusterer.standardise is
    'post-standardisation of the reduced space before clustering';
comment on column clusterer.dimension_correction is
    'whether the input is divided by sqrt(d), or by d for L1-type metrics';
