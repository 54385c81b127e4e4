-- name: assignment
-- doc: one row per run that clustered
-- key: run_key
-- refers:
--   run_key run

create table assignment (
    run_key varchar not null,
    labels integer[] not null,
    primary key (run_key)
);

comment on table assignment is 'One row per run that clustered.';
comment on column assignment.run_key is
    'the run';
comment on column assignment.labels is
    'cluster of every sample in sample order, from 0; -1 is noise, NULL a sample that could not be read';
