-- name: name_fact
-- doc: one row per kind (encoder, dataset, reducer, clusterer), name and meaning of it, with the key of the thing and its title
-- reads: encoder_fact, dataset_fact, reducer_fact, clusterer_fact

create or replace view name_fact as
select
    'encoder' as kind,
    name,
    meaning,
    encoder_key as key,
    title
from encoder_fact
union all
select
    'dataset' as kind,
    name,
    meaning,
    dataset_key as key,
    title
from dataset_fact
union all
select
    'reducer' as kind,
    name,
    meaning,
    reducer_key as key,
    title
from reducer_fact
union all
select
    'clusterer' as kind,
    name,
    meaning,
    clusterer_key as key,
    title
from clusterer_fact;
