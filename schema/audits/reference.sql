-- name: reference
-- doc: what a row refers to exists
-- reads: array_score, assignment, cell, clusterer, dataset, embedding, encoder, grid, grid_cell, grid_score, label, label_level, probe, probe_score, projection, reducer, reduction, run, sample, score, shard, unreadable_sample

select
    'embedding.encoder_key' as reference,
    'encoder' as missing_from,
    embedding.encoder_key as key
from embedding
anti join encoder on embedding.encoder_key = encoder.encoder_key
union all
select
    'embedding.dataset_key' as reference,
    'dataset' as missing_from,
    embedding.dataset_key as key
from embedding
anti join dataset on embedding.dataset_key = dataset.dataset_key
union all
select
    'reduction.embedding_key' as reference,
    'embedding' as missing_from,
    reduction.embedding_key as key
from reduction
anti join embedding on reduction.embedding_key = embedding.embedding_key
union all
select
    'reduction.reducer_key' as reference,
    'reducer' as missing_from,
    reduction.reducer_key as key
from reduction
anti join reducer on reduction.reducer_key = reducer.reducer_key
union all
select
    'label.dataset_key' as reference,
    'dataset' as missing_from,
    label.dataset_key as key
from label
anti join dataset on label.dataset_key = dataset.dataset_key
union all
select
    'label_level.dataset_key' as reference,
    'dataset' as missing_from,
    label_level.dataset_key as key
from label_level
anti join dataset on label_level.dataset_key = dataset.dataset_key
union all
select
    'sample.dataset_key' as reference,
    'dataset' as missing_from,
    sample.dataset_key as key
from sample
anti join dataset on sample.dataset_key = dataset.dataset_key
union all
select
    'cell.encoder_key' as reference,
    'encoder' as missing_from,
    cell.encoder_key as key
from cell
anti join encoder on cell.encoder_key = encoder.encoder_key
union all
select
    'cell.dataset_key' as reference,
    'dataset' as missing_from,
    cell.dataset_key as key
from cell
anti join dataset on cell.dataset_key = dataset.dataset_key
union all
select
    'cell.reducer_key' as reference,
    'reducer' as missing_from,
    cell.reducer_key as key
from cell
anti join reducer on cell.reducer_key = reducer.reducer_key
union all
select
    'cell.clusterer_key' as reference,
    'clusterer' as missing_from,
    cell.clusterer_key as key
from cell
anti join clusterer on cell.clusterer_key = clusterer.clusterer_key
union all
select
    'run.cell_key' as reference,
    'cell' as missing_from,
    run.cell_key as key
from run
anti join cell on run.cell_key = cell.cell_key
union all
select
    'run.shard_seq' as reference,
    'shard' as missing_from,
    cast(run.shard_seq as varchar) as key
from run
anti join shard on run.shard_seq = shard.shard_seq
-- the loader has looked at the runs of older shards
where run.shard_seq > $since
union all
select
    'assignment.run_key' as reference,
    'run' as missing_from,
    assignment.run_key as key
from assignment
anti join run on assignment.run_key = run.run_key
union all
select
    'score.run_key' as reference,
    'run' as missing_from,
    score.run_key as key
from score
anti join run on score.run_key = run.run_key
union all
select
    'grid_cell.grid_key' as reference,
    'grid' as missing_from,
    grid_cell.grid_key as key
from grid_cell
anti join grid on grid_cell.grid_key = grid.grid_key
union all
select
    'grid_cell.cell_key' as reference,
    'cell' as missing_from,
    grid_cell.cell_key as key
from grid_cell
anti join cell on grid_cell.cell_key = cell.cell_key
union all
select
    'grid_score.grid_key' as reference,
    'grid' as missing_from,
    grid_score.grid_key as key
from grid_score
anti join grid on grid_score.grid_key = grid.grid_key
union all
select
    'probe.train_embedding_key' as reference,
    'embedding' as missing_from,
    probe.train_embedding_key as key
from probe
anti join embedding on probe.train_embedding_key = embedding.embedding_key
-- a probe that is not applicable computed nothing, so it needs no embedding
where probe.probe_key in (
    select probe_score.probe_key from probe_score where probe_score.value is not null
)
union all
select
    'probe.test_embedding_key' as reference,
    'embedding' as missing_from,
    probe.test_embedding_key as key
from probe
anti join embedding on probe.test_embedding_key = embedding.embedding_key
where probe.probe_key in (
    select probe_score.probe_key from probe_score where probe_score.value is not null
)
union all
select
    'probe_score.probe_key' as reference,
    'probe' as missing_from,
    probe_score.probe_key as key
from probe_score
anti join probe on probe_score.probe_key = probe.probe_key
union all
select
    'unreadable_sample.embedding_key' as reference,
    'embedding' as missing_from,
    unreadable_sample.embedding_key as key
from unreadable_sample
anti join embedding on unreadable_sample.embedding_key = embedding.embedding_key
union all
select
    'projection.reduction_key' as reference,
    'reduction' as missing_from,
    projection.reduction_key as key
from projection
anti join reduction on projection.reduction_key = reduction.reduction_key
union all
select
    'array_score.array_key' as reference,
    'embedding and reduction' as missing_from,
    array_score.array_key as key
from array_score
anti join embedding on array_score.array_key = embedding.embedding_key
anti join reduction on array_score.array_key = reduction.reduction_key
