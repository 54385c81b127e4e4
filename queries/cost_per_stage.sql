-- name: cost_per_stage
-- doc: one row per stage and method (or dataset, or encoder) that it worked for, with the cost of its tasks
-- params:
--   $by text(method, dataset, encoder) = 'method'   what the tasks are summed by: method, dataset or encoder
--   $stage stage = null       only this stage, such as embed
--   $dataset dataset = null   only tasks of this dataset
--   $encoder encoder = null   only tasks of this encoder
-- columns:
--   stage text           kind of work, such as embed
--   subject text         what was made: encoder or reducer, clusterer of cluster; reducer of score; method of probe (its name where it has no result); or dataset; or encoder
--   n bigint             tasks executed
--   n_not_done bigint    of these, tasks that did not end as done
--   total_s double       summed wall time, in seconds
--   median_s double      median wall time, in seconds
--   max_s double         longest wall time, in seconds
--   peak_bytes bigint    largest peak memory of a task, in bytes
--   cpu_energy_j double  summed energy of the processors, in joules (tasks side by side each count the whole machine: an upper bound, exact with --jobs 1); NULL where no task tells
--   gpu_energy_j double  summed energy of the GPUs, in joules (an upper bound likewise); NULL where no task tells
-- reads: task, cell, known_embedding, reduction, recorded_array, probe, named_key, stage_rank

with reduced as (
    select
        reduction_key,
        embedding_key,
        reducer_key
    from reduction
    union
    select
        reduction_key,
        embedding_key,
        reducer_key
    from cell
),

subjects as (
    select
        embedding_key as subject_key,
        encoder_key,
        dataset_key,
        null as reducer_key,
        null as clusterer_key,
        null as probe_method
    from known_embedding
    union all
    select
        neighbours.neighbours_key,
        known_embedding.encoder_key,
        known_embedding.dataset_key,
        null,
        null,
        null
    from neighbours
    inner join known_embedding using (embedding_key)
    union all
    select
        reduced.reduction_key,
        known_embedding.encoder_key,
        known_embedding.dataset_key,
        reduced.reducer_key,
        null,
        null
    from reduced
    inner join known_embedding using (embedding_key)
    union all
    select
        cell_key,
        encoder_key,
        dataset_key,
        reducer_key,
        clusterer_key,
        null
    from cell
    union all
    select
        probe.probe_key,
        known_embedding.encoder_key,
        known_embedding.dataset_key,
        null,
        null,
        probe.method
    from probe
    inner join known_embedding on probe.test_embedding_key = known_embedding.embedding_key
),

-- and what hangs on these, such as neighbours
made_of as (
    from subjects
    union all
    select
        recorded_array.key,
        subjects.* exclude (subject_key)
    from recorded_array
    inner join subjects on recorded_array.parent_key = subjects.subject_key
    where
        recorded_array.key not in (select subject_key from subjects)
        -- cells without a reduction give their embedding a reducer, too
        and (
            subjects.reducer_key is null
            or subjects.subject_key not in (select embedding_key from known_embedding)
        )
),

-- a subject without reduction can share its key with its embedding: one row a key
unique_subjects as (
    select
        subject_key,
        any_value(encoder_key) as encoder_key,
        any_value(dataset_key) as dataset_key,
        any_value(reducer_key) as reducer_key,
        any_value(clusterer_key) as clusterer_key,
        any_value(probe_method) as probe_method
    from made_of
    group by subject_key
),

tasks as (
    select
        task.*,
        coalesce(
            case $by
                when 'dataset' then dataset.label
                when 'encoder' then encoder.label
                when 'method' then
                    case task.stage
                        when 'embed' then encoder.label
                        when 'cluster' then clusterer.label
                        when 'score' then coalesce(reducer.label, 'embedding')
                        when 'probe' then coalesce(
                            unique_subjects.probe_method,
                            -- one that failed has no row: its task is known by its embedding
                            nullif(regexp_extract(task.subject, '^.* / ([^/]+) [(].*[)]$', 1), '')
                        )
                        else coalesce(reducer.label, encoder.label)
                    end
            end,
            'unknown'
        ) as method
    from task
    left join unique_subjects using (subject_key)
    left join named_key as encoder
        on encoder.kind = 'encoder' and unique_subjects.encoder_key = encoder.key
    left join named_key as dataset
        on dataset.kind = 'dataset' and unique_subjects.dataset_key = dataset.key
    left join named_key as reducer
        on reducer.kind = 'reducer' and unique_subjects.reducer_key = reducer.key
    left join named_key as clusterer
        on clusterer.kind = 'clusterer' and unique_subjects.clusterer_key = clusterer.key
    where
        ($stage is null or task.stage = $stage)
        and ($dataset is null or dataset.label = $dataset)
        and ($encoder is null or encoder.label = $encoder)
),

final as (
    select
        stage,
        method as subject,
        count(*) as n,
        count(*) filter (where status <> 'done') as n_not_done,
        coalesce(sum(wall_s), 0) as total_s,
        median(wall_s) as median_s,
        max(wall_s) as max_s,
        max(peak_bytes) as peak_bytes,
        sum(cpu_energy_j) as cpu_energy_j,
        sum(gpu_energy_j) as gpu_energy_j
    from tasks
    group by stage, method
)

select
    stage,
    subject,
    n,
    n_not_done,
    total_s,
    median_s,
    max_s,
    peak_bytes,
    cpu_energy_j,
    gpu_energy_j
from final
order by
    stage_rank(stage),
    total_s desc,
    subject;
