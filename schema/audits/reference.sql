-- name: reference
-- doc: what a row refers to exists
-- reads: array_score, assignment, cell, clusterer, clusterer_name, dataset, dataset_name, embedding, encoder, encoder_name, grid, grid_cell, grid_name, grid_score, label, label_level, listing, name_version, probe, probe_score, projection, reducer, reducer_name, reduction, run, score, shard, unreadable_sample

select
    'encoder_name.encoder_key' as reference,
    'encoder' as missing_from,
    encoder_name.encoder_key as key
from encoder_name
anti join encoder on encoder_name.encoder_key = encoder.encoder_key
union all
select
    'dataset_name.dataset_key' as reference,
    'dataset' as missing_from,
    dataset_name.dataset_key as key
from dataset_name
anti join dataset on dataset_name.dataset_key = dataset.dataset_key
union all
select
    'dataset_name.labelling_key' as reference,
    'label_level' as missing_from,
    dataset_name.labelling_key as key
from dataset_name
anti join label_level on dataset_name.labelling_key = label_level.labelling_key
-- the labelling of a dataset without labels has no level
where dataset_name.labelling_key <> sha256('{"kind":"labelling","levels":[],"revision":1}')
union all
select
    'dataset_name.listing_key' as reference,
    'listing' as missing_from,
    dataset_name.listing_key as key
from dataset_name
anti join listing on dataset_name.listing_key = listing.listing_key
where dataset_name.listing_key is not null
union all
select
    'reducer_name.reducer_key' as reference,
    'reducer' as missing_from,
    reducer_name.reducer_key as key
from reducer_name
anti join reducer on reducer_name.reducer_key = reducer.reducer_key
union all
select
    'clusterer_name.clusterer_key' as reference,
    'clusterer' as missing_from,
    clusterer_name.clusterer_key as key
from clusterer_name
anti join clusterer on clusterer_name.clusterer_key = clusterer.clusterer_key
union all
select
    'label_level.label_key' as reference,
    'label' as missing_from,
    label_level.label_key as key
from label_level
anti join label on label_level.label_key = label.label_key
union all
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
    'score.label_key' as reference,
    'label' as missing_from,
    score.label_key as key
from score
anti join label on score.label_key = label.label_key
where score.label_key <> ''
union all
select
    'grid_cell.cell_key' as reference,
    'cell' as missing_from,
    grid_cell.cell_key as key
from grid_cell
anti join cell on grid_cell.cell_key = cell.cell_key
union all
select
    'grid_cell.' || named.kind as reference,
    'grid_name' as missing_from,
    named.name as key
from (
    select distinct
        grid_key,
        unnest(['encoder', 'dataset', 'reducer', 'clusterer']) as kind,
        unnest([encoder, dataset, reducer, clusterer]) as name,
        -- what an encoder means can depend on the dataset
        unnest([dataset, '', '', '']) as dataset
    from grid_cell
) as named
-- which holds its grid too, since that of grid_name exists
anti join grid_name
    on
        named.grid_key = grid_name.grid_key
        and named.kind = grid_name.kind
        and named.name = grid_name.name
        and named.dataset = grid_name.dataset
union all
select
    'grid_cell.level' as reference,
    'label_level' as missing_from,
    judged.level as key
from (
    select distinct
        grid_cell.grid_key,
        grid_cell.level,
        dataset_name.labelling_key
    from grid_cell
    inner join grid_name
        on
            grid_cell.grid_key = grid_name.grid_key
            and grid_name.kind = 'dataset'
            and grid_cell.dataset = grid_name.name
    inner join dataset_name
        on
            grid_name.name = dataset_name.name
            and grid_name.meaning = dataset_name.meaning
    where grid_cell.level <> ''
) as judged
anti join label_level
    on
        judged.labelling_key = label_level.labelling_key
        and judged.level = label_level.level
union all
select
    'grid_name.grid_key' as reference,
    'grid' as missing_from,
    grid_name.grid_key as key
from grid_name
anti join grid on grid_name.grid_key = grid.grid_key
union all
select
    'grid_name.meaning' as reference,
    grid_name.kind || '_name' as missing_from,
    grid_name.meaning as key
from grid_name
anti join name_version
    on
        grid_name.kind = name_version.kind
        and grid_name.name = name_version.name
        and grid_name.meaning = name_version.meaning
        -- stored features have versions for each dataset
        and coalesce(name_version.dataset, grid_name.dataset) = grid_name.dataset
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
    'probe.train_label_key' as reference,
    'label' as missing_from,
    probe.train_label_key as key
from probe
anti join label on probe.train_label_key = label.label_key
where probe.train_label_key is not null
union all
select
    'probe.label_key' as reference,
    'label' as missing_from,
    probe.label_key as key
from probe
anti join label on probe.label_key = label.label_key
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
union all
select
    'array_score.label_key' as reference,
    'label' as missing_from,
    array_score.label_key as key
from array_score
anti join label on array_score.label_key = label.label_key
