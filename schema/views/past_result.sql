-- name: past_result
-- doc: one row per closed cell that only earlier declarations wanted, under the names of then (photos@1), in wide form as in result
-- reads: closed_cell

create or replace view past_result as
select * exclude (is_current)
from closed_cell
where not is_current;
