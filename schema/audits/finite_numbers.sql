-- name: finite_numbers
-- doc: coordinates, energies and rates are finite numbers, and none of them is below 0 but a coordinate
-- reads: embedding, reduction, run, task, projection

with measured as (
    select
        'embedding' as place,
        embedding_key as key,
        unnest([cpu_energy_j, gpu_energy_j, images_per_s]) as value
    from embedding
    union all
    select
        'reduction',
        reduction_key,
        unnest([cpu_energy_j, gpu_energy_j])
    from reduction
    union all
    select
        'run',
        run_key,
        unnest([cpu_energy_j, gpu_energy_j])
    from run
    where shard_seq > $since
    union all
    select
        'task',
        task_id,
        unnest([cpu_energy_j, gpu_energy_j])
    from task
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
