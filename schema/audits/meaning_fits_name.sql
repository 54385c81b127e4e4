-- name: meaning_fits_name
-- doc: a meaning stands for the same thing wherever a name has it
-- reads: encoder_name, dataset_name, reducer_name, clusterer_name

with meant as (
    select
        'encoder' as kind,
        meaning,
        concat_ws(' ', encoder_key, dataset) as stands_for
    from encoder_name
    union all
    select
        'dataset' as kind,
        meaning,
        concat_ws(' ', dataset_key, labelling_key) as stands_for
    from dataset_name
    union all
    select
        'reducer' as kind,
        meaning,
        reducer_key as stands_for
    from reducer_name
    union all
    select
        'clusterer' as kind,
        meaning,
        concat_ws(' ', clusterer_key, k_source, k) as stands_for
    from clusterer_name
)

select
    kind,
    meaning,
    count(distinct stands_for) as n_things,
    min(stands_for) as one,
    max(stands_for) as another
from meant
group by kind, meaning
having count(distinct stands_for) > 1
