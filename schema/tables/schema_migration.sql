-- name: schema_migration
-- doc: one row per migration that was applied
-- key: version
-- refers:

create table schema_migration (
    version integer not null,
    name varchar not null,
    sha256 varchar not null,
    applied_at timestamptz not null,
    primary key (version)
);

comment on table schema_migration is 'One row per migration that was applied.';
comment on column schema_migration.version is
    'number of the migration; 0 is the creation of the file';
comment on column schema_migration.name is
    'name of the migration; of number 0, the generation of the file';
comment on column schema_migration.sha256 is
    'sha256 of its file, which must never change';
comment on column schema_migration.applied_at is
    'when it was applied';
