-- name: clusterer_fact
-- doc: one row per name of a clusterer and meaning of it, with what the newest declaration of that meaning says
-- reads: clusterer_name

create or replace view clusterer_fact as
select
    name,
    meaning,
    title,
    doc,
    tags,
    k_source,
    k,
    slot,
    clusterer_key,
    declared_at
from clusterer_name
qualify row_number() over (
    partition by name, meaning order by declared_at desc
) = 1;
