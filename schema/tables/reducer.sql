-- name: reducer
-- doc: one row per reducer: method and parameters
-- key: reducer_key
-- refers:

create table reducer (
    reducer_key varchar not null,
    kind varchar not null,
    params json not null,
    primary key (reducer_key)
);

comment on table reducer is 'One row per reducer: method and parameters.';
comment on column reducer.reducer_key is
    'sha256 of kind and parameters';
comment on column reducer.kind is
    'method: none, pca, umap, ...';
comment on column reducer.params is
    'all parameters, defaults included';
