-- name: knn_accuracy
-- doc: one row per kNN probe that has an accuracy, with its number of neighbours and temperature
-- reads: probe, probe_score

create or replace view knn_accuracy as
select
    probe.probe_key,
    probe.test_embedding_key as embedding_key,
    probe.level,
    cast(probe.params ->> '$.k' as integer) as k,
    cast(probe.params ->> '$.temperature' as double) as temperature,
    probe_score.value as accuracy
from probe
inner join probe_score using (probe_key)
where
    probe.method = 'knn'
    and probe_score.metric = 'accuracy'
    and probe_score.value is not null;
