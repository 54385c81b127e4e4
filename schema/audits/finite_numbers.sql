-- name: finite_numbers
-- doc: coordinates and rates are finite numbers, and no rate is below 0
-- reads: embedding, projection

with measured as (
    select
        'embedding' as place,
        embedding_key as key,
        images_per_s as value
    from embedding
),

drawn as (
    select
        'projection' as place,
        reduction_key as key,
        -- a sum of numbers is finite when each of them is
        unnest([list_sum(cast(x as double[])), list_sum(cast(y as double[]))]) as value
    from projection
)

select *
from measured
where not isfinite(value) or value < 0
union all
select *
from drawn
where not isfinite(value)
