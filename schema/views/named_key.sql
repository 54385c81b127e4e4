-- name: named_key
-- doc: one row per kind (encoder, dataset, reducer, clusterer) and key, with the label that it goes by where no grid says more: of a name that means it now, else of one that meant it last
-- reads: name_fact, name_version

create or replace view named_key as
select
    name_fact.kind,
    name_fact.key,
    name_version.label
from name_fact
inner join name_version using (kind, name, meaning)
qualify row_number() over (
    partition by name_fact.kind, name_fact.key
    order by
        name_version.is_current desc, name_version.declared_at desc, name_version.label
) = 1;
