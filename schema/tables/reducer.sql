-- name: reducer
-- doc: one row per reducer: method and parameters
-- key: reducer_key

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
