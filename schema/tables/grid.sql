-- name: grid
-- doc: one row per grid and time when it became the declaration of its name
-- key: grid_key, declared_at
-- refers:

create table grid (
    grid_key varchar not null,
    name varchar not null,
    toml varchar not null,
    source varchar not null,
    declared_at timestamptz not null,
    primary key (grid_key, declared_at)
);

comment on table grid is 'One row per grid and time when it became the declaration of its name.';
comment on column grid.grid_key is
    'sha256 of the cells and scores that it declares';
comment on column grid.name is
    'name in the file';
comment on column grid.toml is
    'text of the declaration';
comment on column grid.source is
    'name of the file';
comment on column grid.declared_at is
    'when an ingest found it to be the newest declaration of its name';
