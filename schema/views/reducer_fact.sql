-- name: reducer_fact
-- doc: one row per name of a reducer and meaning of it, with what the newest declaration of that meaning says
-- reads: reducer_name

create or replace view reducer_fact as
select
    name,
    meaning,
    title,
    doc,
    tags,
    reducer_key,
    declared_at
from reducer_name
qualify row_number() over (
    partition by name, meaning order by declared_at desc
) = 1;
