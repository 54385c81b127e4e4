-- name: dataset_fact
-- doc: one row per name of a dataset and meaning of it, with what the newest declaration of that meaning says
-- reads: dataset_name

create or replace view dataset_fact as
select
    name,
    meaning,
    title,
    doc,
    tags,
    dataset_key,
    labelling_key,
    listing_key,
    domain_group,
    licence,
    loader,
    train,
    subset,
    ignored,
    declared_at
from dataset_name
qualify row_number() over (
    partition by name, meaning order by declared_at desc
) = 1;
