-- name: reducer_name
-- doc: one row per name and time when this became the declaration of the name
-- key: name, declared_at, meaning
-- refers:
--   reducer_key reducer

create table reducer_name (
    name varchar not null,
    reducer_key varchar not null,
    declared_at timestamptz not null,
    meaning varchar not null,
    title varchar not null,
    doc varchar,
    tags varchar[] not null,
    primary key (name, declared_at, meaning)
);

comment on table reducer_name is 'One row per name and time when this became the declaration of the name.';
comment on column reducer_name.name is
    'name in the catalog or in a grid file';
comment on column reducer_name.reducer_key is
    'the reducer that the name means';
comment on column reducer_name.declared_at is
    'when an ingest or an import found this to be the newest declaration of the name';
comment on column reducer_name.meaning is
    'sha256 of the reducer: one version of the name';
comment on column reducer_name.title is
    'name for figures';
comment on column reducer_name.doc is
    'one line for people; NULL without';
comment on column reducer_name.tags is
    'selectors: @tag in a grid means every entry that has it';
