-- name: one_key_per_name
-- doc: one name means one encoder, dataset, reducer or clusterer
-- reads: encoder, dataset, reducer, clusterer

with named as (
    select
        'encoder' as kind,
        name
    from encoder
    union all
    select
        'dataset' as kind,
        name
    from dataset
    union all
    select
        'reducer' as kind,
        name
    from reducer
    union all
    select
        'clusterer' as kind,
        name
    from clusterer
)

select
    kind,
    name,
    count(*) as n_keys
from named
group by kind, name
having count(*) > 1
