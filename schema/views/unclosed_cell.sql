-- name: unclosed_cell
-- doc: one row per cell that was tried and that no run closed, with its newest run
-- reads: run, closing_run

create or replace view unclosed_cell as
select run.*
from run
where cell_key not in (select closing_run.cell_key from closing_run)
qualify row_number() over (
    partition by cell_key order by shard_seq desc, started_at desc, run_key
) = 1;
