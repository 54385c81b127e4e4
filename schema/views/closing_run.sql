-- name: closing_run
-- doc: one row per closed cell, with the run that closed it first; this is the run that counts
-- reads: run

create or replace view closing_run as
select run.*
from run
where status in ('done', 'not_converged', 'degenerate')
qualify row_number() over (
    partition by cell_key order by shard_seq, started_at, run_key
) = 1;
