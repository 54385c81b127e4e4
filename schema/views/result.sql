-- name: result
-- doc: one row per closed cell that the newest declarations of the grids want (and label level, where a cell is judged at several), with the first closing run of it, in wide form
-- reads: closed_cell

create or replace view result as
select * exclude (is_current)
from closed_cell
where is_current;
