-- name: failed_tasks
-- doc: one row per task whose newest execution did not end as done, unless only earlier declarations want it
-- params:
--   $stage text(embed, reduce, cluster, score, probe) = null  only this stage: embed, reduce, cluster, score or probe
-- columns:
--   stage text             embed, reduce, cluster, score or probe
--   subject text           what was to be computed, in names
--   status text            as in run
--   reason text            why it is not done
--   n_tries bigint         how often it was tried
--   started_at timestamptz when the newest execution began
-- reads: task, cell, named_cell

with wanted as (
    select
        unnest([cell_key, embedding_key, reduction_key]) as subject_key
    from named_cell
    where grid is null and is_current
),

unwanted as (
    select unnest([cell_key, embedding_key, reduction_key]) as subject_key
    from cell
    except
    select subject_key
    from wanted
),

newest as (
    select
        stage,
        subject,
        subject_key,
        status,
        reason,
        started_at,
        count(*) over (partition by stage, subject) as n_tries
    from task
    where $stage is null or stage = $stage
    qualify row_number() over (
        partition by stage, subject order by started_at desc, task_id
    ) = 1
),

final as (
    select *
    from newest
    anti join unwanted using (subject_key)
    where status <> 'done'
)

select
    stage,
    subject,
    status,
    reason,
    n_tries,
    started_at
from final
order by started_at desc, stage, subject;
