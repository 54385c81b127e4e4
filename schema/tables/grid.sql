-- name: grid
-- doc: one row per declared grid at one state of its text
-- key: grid_key

create table grid (
    grid_key varchar not null,
    name varchar not null,
    toml varchar not null,
    source varchar not null,
    declared_at timestamptz not null,
    primary key (grid_key)
);

comment on table grid is 'One row per declared grid at one state of its text.';
comment on column grid.grid_key is
    'sha256 of the cells and scores that it declares';
comment on column grid.name is
    'name in the file';
comment on column grid.toml is
    'text of the declaration';
comment on column grid.source is
    'name of the file';
comment on column grid.declared_at is
    'when it was first ingested';
