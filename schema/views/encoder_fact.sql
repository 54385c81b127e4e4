-- name: encoder_fact
-- doc: one row per name of an encoder and meaning of it, with what the newest declaration of that meaning says
-- reads: encoder_name

create or replace view encoder_fact as
select
    name,
    meaning,
    dataset,
    title,
    doc,
    tags,
    backbone,
    family,
    objective,
    pretrained_on,
    fine_tuned,
    licence,
    loader,
    encoder_key,
    declared_at
from encoder_name
qualify row_number() over (
    partition by name, meaning order by declared_at desc
) = 1;
