-- name: cell_score
-- doc: one row per closed cell, metric, space, subset and labels, with the median over the runs that closed the cell; NULL, with a reason, where none has a value
-- reads: closed_run, score

create or replace view cell_score as
select
    closed_run.cell_key,
    score.metric,
    score.space,
    score.subset,
    score.label_key,
    median(score.value) as value,
    case when count(score.value) = 0 then min(score.reason) end as reason,
    count(score.value) as n_runs
from closed_run
inner join score using (run_key)
group by
    closed_run.cell_key, score.metric, score.space, score.subset, score.label_key;
