-- name: cell
-- doc: one row per cell that a grid declared or an import brought
-- key: cell_key
-- refers:
--   encoder_key encoder
--   dataset_key dataset
--   reducer_key reducer
--   clusterer_key clusterer

create table cell (
    cell_key varchar not null,
    encoder_key varchar not null,
    dataset_key varchar not null,
    subset varchar not null,
    embedding_key varchar not null,
    reducer_key varchar not null,
    reduction_key varchar not null,
    clusterer_key varchar not null,
    k integer,
    seed integer not null,
    dtype varchar not null,
    primary key (cell_key),
    check (k is null or k > 0)
);

comment on table cell is 'One row per cell that a grid declared or an import brought.';
comment on column cell.cell_key is
    'sha256 of all that changes the result of the cell';
comment on column cell.encoder_key is
    'the encoder';
comment on column cell.dataset_key is
    'the images';
comment on column cell.subset is
    'sample subset; all is every sample';
comment on column cell.embedding_key is
    'the embedding it starts from';
comment on column cell.reducer_key is
    'the reducer';
comment on column cell.reduction_key is
    'the reduction that is clustered';
comment on column cell.clusterer_key is
    'the clusterer';
comment on column cell.k is
    'number of clusters asked for; NULL where the clusterer finds it';
comment on column cell.seed is
    'seed of reducer and clusterer';
comment on column cell.dtype is
    'floating point type that reducer and clusterer see';
