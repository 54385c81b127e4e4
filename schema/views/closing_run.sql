-- name: closing_run
-- doc: one row per closed cell, with the run that closed it first; its assignment is the one that is shown
-- reads: closed_run

create or replace view closing_run as
select *
from closed_run
qualify row_number() over (
    partition by cell_key order by shard_seq, started_at, run_key
) = 1;
