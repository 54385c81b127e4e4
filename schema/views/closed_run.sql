-- name: closed_run
-- doc: one row per run that closes its cell
-- reads: run

create or replace view closed_run as
select *
from run
where status in ('done', 'not_converged', 'degenerate');
