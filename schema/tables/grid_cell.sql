-- name: grid_cell
-- doc: one row per declaration of a grid, cell and names that it declares it under
-- key: grid_key, cell_key, encoder, dataset, reducer, clusterer, level
-- refers:
--   cell_key cell

create table grid_cell (
    grid_key varchar not null,
    cell_key varchar not null,
    encoder varchar not null,
    dataset varchar not null,
    reducer varchar not null,
    clusterer varchar not null,
    level varchar not null,
    primary key (grid_key, cell_key, encoder, dataset, reducer, clusterer, level)
);

comment on table grid_cell is 'One row per declaration of a grid, cell and names that it declares it under.';
comment on column grid_cell.grid_key is
    'the declaration of the grid';
comment on column grid_cell.cell_key is
    'the cell';
comment on column grid_cell.encoder is
    'name of the encoder in the grid';
comment on column grid_cell.dataset is
    'name of the dataset in the grid';
comment on column grid_cell.reducer is
    'name of the reducer in the grid';
comment on column grid_cell.clusterer is
    'name of the clusterer in the grid';
comment on column grid_cell.level is
    'label level that judges it; empty for a dataset without labels';
