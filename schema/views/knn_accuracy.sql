-- name: knn_accuracy
-- doc: one row per kNN probe that has an accuracy, with its number of neighbours, its temperature and what supplied its references
-- reads: probe, probe_score, embedding

create or replace view knn_accuracy as
select
    probe.probe_key,
    probe.test_embedding_key as embedding_key,
    probe.label_key,
    train.dataset_key as train_dataset_key,
    probe.train_label_key,
    cast(probe.params ->> '$.k' as integer) as k,
    cast(probe.params ->> '$.temperature' as double) as temperature,
    probe_score.value as accuracy
from probe
inner join probe_score using (probe_key)
inner join embedding as train on probe.train_embedding_key = train.embedding_key
where
    probe.method = 'knn'
    and probe_score.metric = 'accuracy'
    and probe_score.value is not null;
