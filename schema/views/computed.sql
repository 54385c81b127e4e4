-- name: computed
-- doc: one row per embedding, search of neighbours, reduction, linkage and run, with what computed it
-- reads: embedding, neighbours, reduction, linkage, run

create or replace view computed as
select
    'embed' as stage,
    host,
    device,
    threads,
    versions,
    cpu_energy_j,
    gpu_energy_j,
    created_at as made_at
from embedding
union all
select
    'neighbours' as stage,
    host,
    device,
    threads,
    versions,
    cpu_energy_j,
    gpu_energy_j,
    created_at as made_at
from neighbours
union all
select
    'reduce' as stage,
    host,
    device,
    threads,
    versions,
    cpu_energy_j,
    gpu_energy_j,
    created_at as made_at
from reduction
union all
select
    'linkage' as stage,
    host,
    device,
    threads,
    versions,
    cpu_energy_j,
    gpu_energy_j,
    created_at as made_at
from linkage
union all
select
    'cluster' as stage,
    host,
    device,
    threads,
    versions,
    cpu_energy_j,
    gpu_energy_j,
    started_at as made_at
from run;
