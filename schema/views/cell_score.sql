-- name: cell_score
-- doc: one row per closed cell, metric, space, subset and labels, with the median over the runs that closed the cell; NULL, with a reason, where none has a value
-- reads: closed_run, score

create or replace view cell_score as
with closed as (
    select
        cell_key,
        run_key,
        count(*) over (partition by cell_key) = 1 as is_only
    from closed_run
)

-- nearly every cell has one run, whose scores are the medians: to group a million rows
-- takes ten times as long as to read them
select
    closed.cell_key,
    score.metric,
    score.space,
    score.subset,
    score.label_key,
    score.value,
    score.reason,
    cast(score.value is not null as bigint) as n_runs
from closed
inner join score using (run_key)
where closed.is_only
union all
select
    closed.cell_key,
    score.metric,
    score.space,
    score.subset,
    score.label_key,
    median(score.value) as value,
    case when count(score.value) = 0 then min(score.reason) end as reason,
    count(score.value) as n_runs
from closed
inner join score using (run_key)
where not closed.is_only
group by closed.cell_key, score.metric, score.space, score.subset, score.label_key;
