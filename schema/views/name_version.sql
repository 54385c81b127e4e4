-- name: name_version
-- doc: one row per kind (encoder, dataset, reducer, clusterer), name (of stored features: and dataset) and meaning that the name has had, with its label: the name itself for what it means now, name@1, name@2, ... for what it meant before
-- reads: encoder_name, dataset_name, reducer_name, clusterer_name

create or replace view name_version as
with declared as (
    select
        'encoder' as kind,
        name,
        dataset,
        meaning,
        declared_at
    from encoder_name
    union all
    select
        'dataset' as kind,
        name,
        null as dataset,
        meaning,
        declared_at
    from dataset_name
    union all
    select
        'reducer' as kind,
        name,
        null as dataset,
        meaning,
        declared_at
    from reducer_name
    union all
    select
        'clusterer' as kind,
        name,
        null as dataset,
        meaning,
        declared_at
    from clusterer_name
),

meant as (
    select
        kind,
        name,
        dataset,
        meaning,
        min(declared_at) as first_at,
        max(declared_at) as declared_at
    from declared
    group by kind, name, dataset, meaning
),

numbered as (
    select
        *,
        row_number() over (partition by kind, name, dataset order by first_at, meaning) as version,
        row_number() over (
            partition by kind, name, dataset order by declared_at desc, meaning
        ) = 1 as is_current
    from meant
)

select
    kind,
    name,
    dataset,
    meaning,
    case when is_current then name else name || '@' || version end as label,
    version,
    is_current,
    first_at,
    declared_at
from numbered;
