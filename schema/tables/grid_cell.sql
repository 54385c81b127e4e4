-- name: grid_cell
-- doc: one row per grid and cell that it declares
-- key: grid_key, cell_key

create table grid_cell (
    grid_key varchar not null,
    cell_key varchar not null,
    primary key (grid_key, cell_key)
);

comment on table grid_cell is 'One row per grid and cell that it declares.';
comment on column grid_cell.grid_key is
    'the grid';
comment on column grid_cell.cell_key is
    'the cell';
