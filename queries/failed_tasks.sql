-- name: failed_tasks
-- doc: one row per task that did not end as done when it was last tried, and that is still wanted and not made since
-- params:
--   $stage stage = null   only this stage, such as embed
--   $grid grid = null     only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
-- columns:
--   stage text             kind of work, such as embed
--   subject text           what was to be computed, in names
--   status text            as in run
--   reason text            why it is not done
--   n_tries bigint         how often it was tried
--   started_at timestamptz when the newest execution began
-- reads: task, cell, grid_cell, grid_name, grid_version, recorded_array, closing_run, stage_rank

with asked as (
    select grid_key
    from grid_version
    where case when $grid is null then is_newest else grid = $grid end
),

cells as (
    select
        cell.*,
        wanted.cell_key is not null as is_wanted,
        closing_run.cell_key is not null as is_closed
    from cell
    left join (
        select distinct grid_cell.cell_key from grid_cell semi join asked using (grid_key)
    ) as wanted using (cell_key)
    left join closing_run using (cell_key)
),

subjects as (
    select
        unnest([cell_key, embedding_key, reduction_key]) as subject_key,
        is_wanted,
        is_closed
    from cells
),

-- keys of train sets are those of no cell
unwanted as (
    select subject_key
    from subjects
    group by subject_key
    having not bool_or(is_wanted)
),

-- made, if under another title or elsewhere; or not needed any more, as all that it is
-- needed for has its result
made as (
    select key as subject_key
    from recorded_array
    union all
    select subject_key
    from subjects
    where is_wanted
    group by subject_key
    having bool_and(is_closed)
),

-- what the grids embed: titles of tasks begin with it, those of train sets too
embedded as (
    select distinct grid_name.name || ' / ' || grid_name.dataset || ' / ' as title
    from grid_name
    semi join asked using (grid_key)
    where grid_name.kind = 'encoder'
),

newest as (
    select
        *,
        regexp_replace(subject, '^distances in ', '') || ' / ' as title,
        count(*) over (partition by stage, subject) as n_tries
    from task
    where $stage is null or stage = $stage
    qualify row_number() over (
        partition by stage, subject order by started_at desc, task_id
    ) = 1
),

final as (
    select newest.*
    from newest
    semi join embedded on starts_with(newest.title, embedded.title)
    anti join unwanted on newest.subject_key = unwanted.subject_key
    -- the key of scores and probes is that of what they read
    anti join made
        on
            newest.subject_key = made.subject_key
            and newest.stage not in ('score', 'probe')
    where newest.status <> 'done'
)

select
    stage,
    subject,
    status,
    reason,
    n_tries,
    started_at
from final
order by
    started_at desc,
    stage_rank(stage),
    subject;
