"""What a warehouse knows of one cell, as SQL for `zsc_wh.results.explaining`.

Columns are called ``part.name`` after the facts that they become.
"""

NAMES = """
with versions as (
    select
        *,
        version || ' of '
        || max(version) over (partition by kind, name, dataset) as place
    from name_version
)

select
    cells.encoder as "cell.encoder",
    cells.dataset as "cell.dataset",
    cells.reducer as "cell.reducer",
    cells.clusterer as "cell.clusterer",
    cells.level as "cell.level",
    case
        when cells.is_current then 'now' else 'by earlier declarations alone'
    end as "cell.wanted",
    dataset_fact.title as "dataset.title",
    d.place as "dataset.version",
    dataset_fact.domain_group as "dataset.group",
    dataset_fact.licence as "dataset.licence",
    dataset_fact.loader as "dataset.loader",
    dataset_fact.subset as "dataset.subset",
    dataset_fact.listing_key as "dataset.listing",
    cells.labelling_key as "labels.labelling",
    cells.label_key as "labels.key",
    label.n_classes as "labels.n_classes",
    case
        when list_contains(label.class_names, '(no label)') then 'one class'
        when list_count(label.class_index) < len(label.class_index) then 'left out'
    end as "labels.missing",
    encoder_fact.title as "encoder.title",
    e.place as "encoder.version",
    encoder_fact.family as "encoder.family",
    encoder_fact.backbone as "encoder.backbone",
    encoder_fact.objective as "encoder.objective",
    encoder_fact.pretrained_on as "encoder.pretrained_on",
    encoder_fact.licence as "encoder.licence",
    encoder_fact.loader as "encoder.loader",
    reducer_fact.title as "reducer.title",
    r.place as "reducer.version",
    clusterer_fact.title as "clusterer.title",
    c.place as "clusterer.version",
    clusterer_fact.k_source as "clusterer.k_source",
    concat_ws(
        ' at ',
        concat_ws('/', cells.encoder, cells.dataset, cells.reducer, cells.clusterer),
        cells.level
    ) as title
from named_cell as cells
inner join versions as e
    on
        e.kind = 'encoder'
        and cells.encoder = e.label
        and cells.encoder_meaning = e.meaning
inner join encoder_fact
    on e.name = encoder_fact.name and e.meaning = encoder_fact.meaning
inner join versions as d
    on
        d.kind = 'dataset'
        and cells.dataset = d.label
        and cells.dataset_meaning = d.meaning
inner join dataset_fact
    on d.name = dataset_fact.name and d.meaning = dataset_fact.meaning
inner join versions as r
    on
        r.kind = 'reducer'
        and cells.reducer = r.label
        and cells.reducer_meaning = r.meaning
inner join reducer_fact
    on r.name = reducer_fact.name and r.meaning = reducer_fact.meaning
inner join versions as c
    on
        c.kind = 'clusterer'
        and cells.clusterer = c.label
        and cells.clusterer_meaning = c.meaning
inner join clusterer_fact
    on c.name = clusterer_fact.name and c.meaning = clusterer_fact.meaning
left join label on cells.label_key = label.label_key
where cells.cell_key = $cell_key and cells.grid is null
order by
    $asked in (
        concat_ws('/', cells.encoder, cells.dataset, cells.reducer, cells.clusterer),
        concat_ws(
            '/',
            cells.encoder,
            cells.dataset,
            cells.reducer,
            cells.clusterer,
            cells.seed
        )
    ) desc,
    cells.is_current desc,
    cells.is_target desc,
    cells.depth desc,
    title
"""
"""Names of the cell in the warehouse, those that were asked for first."""

SCORES = """
with labelled as (
    select
        label_level.label_key,
        label_level.level
        -- other labels are those of another version or name of the dataset
        || case
            when label_level.labelling_key is distinct from $labelling_key
                then ' (' || name_version.label || ')'
            else ''
        end as level
    from cell
    inner join dataset_fact using (dataset_key)
    inner join label_level using (labelling_key)
    inner join name_version
        on
            name_version.kind = 'dataset'
            and dataset_fact.name = name_version.name
            and dataset_fact.meaning = name_version.meaning
    where cell.cell_key = $cell_key
    qualify row_number() over (
        partition by label_level.label_key
        order by
            label_level.labelling_key is not distinct from $labelling_key desc,
            name_version.is_current desc,
            name_version.declared_at desc,
            name_version.label
    ) = 1
)

select
    score.metric,
    score.space,
    score.subset,
    coalesce(labelled.level, left(score.label_key, 12)),
    score.value,
    score.reason,
    score.n_runs
from cell_score as score
left join labelled on score.label_key = labelled.label_key
where score.cell_key = $cell_key
order by score.space, score.metric, score.subset, labelled.level
"""
"""Scores of the cell, each the median over its runs, with the level of their labels."""

RUNS = """
select
    started_at,
    concat_ws(', ', status, reason, host, 'run ' || run_key)
from run
where
    cell_key = $cell_key
    and run_key not in (select run_key from closing_run)
    and run_key not in (select run_key from unclosed_cell)
order by started_at, run_key
"""
"""Other runs: repetitions, which count in the medians, and attempts that failed."""

PARTS = """
select
    string_agg(distinct encoder_name.name, ' or ' order by encoder_name.name) as name,
    concat_ws(
        ', ',
        'embedding ' || embedding.embedding_key,
        'sha256 ' || embedding.sha256,
        'weights ' || embedding.weights_sha256
    ) as said
from cell_part
inner join embedding using (embedding_key)
inner join encoder_name on cell_part.encoder_key = encoder_name.encoder_key
where cell_part.cell_key = $cell_key
group by all
order by name
"""
"""What the embedding of the cell was put together of, by the names of the encoders."""

CELL = """
with newest as (
    select * from closing_run where cell_key = $cell_key
    union all
    select * from unclosed_cell where cell_key = $cell_key
)

select
    cell.seed as "cell.seed",
    cell.k as "cell.k",
    cell.subset as "cell.subset",
    cell.dtype as "cell.dtype",
    cell.cell_key as "cell.key",
    coalesce(newest.status, 'not run yet') as "cell.status",
    newest.reason as "cell.reason",
    newest.n_clusters as "cell.n_clusters",
    newest.n_noise as "cell.n_noise",
    newest.converged as "cell.converged",
    newest.n_iter as "cell.n_iter",
    dataset.n_samples as "dataset.n_samples",
    nullif(dataset.facts, '{}') as "dataset.facts",
    dataset.dataset_key as "dataset.key",
    dataset.content_sha256 as "dataset.content_sha256",
    encoder.feature as "encoder.feature",
    encoder.image_size as "encoder.image_size",
    encoder.encoder_key as "encoder.key",
    embedding.embedding_key as "embedding.key",
    embedding.n as "embedding.n",
    embedding.dim as "embedding.dim",
    embedding.transform as "embedding.transform",
    embedding.precision as "embedding.precision",
    embedding.content_sha256 as "embedding.content_sha256",
    embedding.weights_sha256 as "embedding.weights_sha256",
    embedding.sha256 as "embedding.sha256",
    embedding.wall_s as "embedding.wall_s",
    embedding.peak_bytes as "embedding.peak_bytes",
    embedding.cpu_energy_j as "embedding.cpu_energy_j",
    embedding.gpu_energy_j as "embedding.gpu_energy_j",
    embedding.threads as "embedding.threads",
    embedding.device as "embedding.device",
    embedding.host as "embedding.host",
    embedding.created_at as "embedding.created_at",
    embedding.versions as "embedding.versions",
    reducer.kind as "reducer.kind",
    reducer.params as "reducer.params",
    reducer.reducer_key as "reducer.key",
    reduction.reduction_key as "reduction.key",
    reduction.seed as "reduction.seed",
    reduction.dim as "reduction.dim",
    reduction.explained_variance as "reduction.explained_variance",
    reduction.sha256 as "reduction.sha256",
    reduction.wall_s as "reduction.wall_s",
    reduction.peak_bytes as "reduction.peak_bytes",
    reduction.cpu_energy_j as "reduction.cpu_energy_j",
    reduction.gpu_energy_j as "reduction.gpu_energy_j",
    reduction.threads as "reduction.threads",
    reduction.device as "reduction.device",
    reduction.host as "reduction.host",
    reduction.created_at as "reduction.created_at",
    reduction.versions as "reduction.versions",
    clusterer.kind as "clusterer.kind",
    clusterer.params as "clusterer.params",
    clusterer.standardise as "clusterer.standardise",
    clusterer.dimension_correction as "clusterer.dimension_correction",
    clusterer.clusterer_key as "clusterer.key",
    newest.run_key as "run.key",
    newest.wall_s as "run.wall_s",
    newest.peak_bytes as "run.peak_bytes",
    newest.cpu_energy_j as "run.cpu_energy_j",
    newest.gpu_energy_j as "run.gpu_energy_j",
    newest.threads as "run.threads",
    newest.device as "run.device",
    newest.host as "run.host",
    newest.tracked_in as "run.tracked_in",
    newest.started_at as "run.started_at",
    shard.source as "run.shard_source",
    shard.shard_sha256 as "run.shard_sha256",
    shard.loaded_at as "run.loaded_at",
    newest.versions as "run.versions"
from cell
inner join encoder using (encoder_key)
inner join dataset using (dataset_key)
inner join reducer using (reducer_key)
inner join clusterer using (clusterer_key)
left join embedding on cell.embedding_key = embedding.embedding_key
left join reduction on cell.reduction_key = reduction.reduction_key
left join newest on cell.cell_key = newest.cell_key
left join shard on newest.shard_seq = shard.shard_seq
where cell.cell_key = $cell_key
"""
"""The cell, and all that it refers to by keys."""
