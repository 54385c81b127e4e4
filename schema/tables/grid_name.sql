-- name: grid_name
-- doc: one row per declaration of a grid and name that it uses (of an encoder: per dataset), with what the name meant then
-- key: grid_key, kind, name, dataset
-- refers:
--   grid_key grid

create table grid_name (
    grid_key varchar not null,
    kind varchar not null,
    name varchar not null,
    dataset varchar not null,
    meaning varchar not null,
    primary key (grid_key, kind, name, dataset),
    check (kind in ('encoder', 'dataset', 'reducer', 'clusterer'))
);

comment on table grid_name is 'One row per declaration of a grid and name that it uses (of an encoder: per dataset), with what the name meant then.';
comment on column grid_name.grid_key is
    'the declaration of the grid';
comment on column grid_name.kind is
    'encoder, dataset, reducer or clusterer';
comment on column grid_name.name is
    'the name';
comment on column grid_name.dataset is
    'name of the dataset that the encoder embeds; empty for the other kinds';
comment on column grid_name.meaning is
    'as in the table of its kind: encoder_name, dataset_name, reducer_name or clusterer_name';
