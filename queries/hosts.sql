-- name: hosts
-- doc: one row per machine, device and stage that computed something
-- params:
--   $stage stage = null   only this stage, such as embed
--   $host host = null     only this machine
-- columns:
--   host text              name of the machine
--   device text            device, such as cpu or cuda:0; NULL for runs that never began
--   stage text             kind of work, such as embed
--   n bigint               results computed there: embeddings, reductions or runs
--   min_threads integer    fewest threads planned for one of them
--   max_threads integer    most threads planned for one of them
--   first_at timestamptz   the earliest of them
--   last_at timestamptz    the latest of them
--   cpu_energy_j double    summed energy of the processors, in joules (tasks side by side each count the whole machine: an upper bound, exact with --jobs 1); NULL where none tells
--   gpu_energy_j double    summed energy of the GPUs, in joules (an upper bound likewise); NULL where none tells
-- reads: computed, stage_rank

with final as (
    select
        host,
        device,
        stage,
        count(*) as n,
        min(threads) as min_threads,
        max(threads) as max_threads,
        min(made_at) as first_at,
        max(made_at) as last_at,
        sum(cpu_energy_j) as cpu_energy_j,
        sum(gpu_energy_j) as gpu_energy_j
    from computed
    where
        ($stage is null or stage = $stage)
        and ($host is null or host = $host)
    group by host, device, stage
)

select
    host,
    device,
    stage,
    n,
    min_threads,
    max_threads,
    first_at,
    last_at,
    cpu_energy_j,
    gpu_energy_j
from final
order by host, device nulls last, stage_rank(stage);
