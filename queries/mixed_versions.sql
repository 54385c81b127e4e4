-- name: mixed_versions
-- doc: one row per stage, encoder, reducer or clusterer, and library, whose results were computed with several versions of that library
-- params:
--   $stage stage = null                        only this stage, such as embed
--   $library library = null                    only this library
--   $ignored text[] = ['python', 'zscwh']      libraries whose versions may differ: python, and zscwh, whose changes of a result are told apart by the keys
-- columns:
--   stage text             kind of work: embed, neighbours, reduce, linkage or cluster
--   subject text           the encoder (embed, neighbours), reducer (reduce; linkage, where one was grown on a reduction) or clusterer (cluster); NULL where no name means it any more
--   library text           name of the library
--   versions text          its versions, each with the number of results, the most frequent first
--   n_versions bigint      number of versions
--   n_results bigint       results computed with any of them: arrays, or runs that closed a cell
--   n_others bigint        results computed with another one than the most frequent
--   first_at timestamptz   the earliest result
--   last_at timestamptz    the latest result
-- reads: embedding, neighbours, reduction, linkage, closed_run, cell, named_key, stage_rank

-- Keys do not hold versions on purpose: an upgrade must not make all results missing. Nor
-- does an audit refuse them, since audits guard what a load may bring in.
with computed_by as (
    select
        'embed' as stage,
        'encoder' as kind,
        encoder_key as key,
        versions,
        created_at as made_at
    from embedding
    union all
    select
        'neighbours',
        'encoder',
        embedding.encoder_key,
        neighbours.versions,
        neighbours.created_at
    from neighbours
    inner join embedding using (embedding_key)
    union all
    select
        'reduce',
        'reducer',
        reducer_key,
        versions,
        created_at
    from reduction
    union all
    select
        'linkage',
        'reducer',
        reduction.reducer_key,
        linkage.versions,
        linkage.created_at
    from linkage
    left join reduction on linkage.array_key = reduction.reduction_key
    union all
    select
        'cluster',
        'clusterer',
        cell.clusterer_key,
        closed_run.versions,
        closed_run.started_at
    from closed_run
    inner join cell using (cell_key)
),

pairs as (
    select
        stage,
        kind,
        key,
        made_at,
        unnest(json_keys(versions)) as library,
        versions
    from computed_by
    where json_type(versions) = 'OBJECT'
),

counted as (
    select
        stage,
        kind,
        key,
        library,
        map_extract_value(cast(versions as map(varchar, varchar)), library) as version,
        count(*) as n,
        min(made_at) as first_at,
        max(made_at) as last_at
    from pairs
    where
        ($stage is null or stage = $stage)
        and ($library is null or library = $library)
        and not list_contains(coalesce(cast($ignored as varchar[]), []), library)
    group by all
),

final as (
    select
        counted.stage,
        named_key.label as subject,
        counted.library,
        string_agg(
            counted.version || ' (' || counted.n || ')',
            ', ' order by counted.n desc, counted.version
        ) as versions,
        count(*) as n_versions,
        cast(sum(counted.n) as bigint) as n_results,
        cast(sum(counted.n) - max(counted.n) as bigint) as n_others,
        min(counted.first_at) as first_at,
        max(counted.last_at) as last_at
    from counted
    left join named_key using (kind, key)
    group by counted.stage, counted.kind, counted.key, named_key.label, counted.library
    having count(*) > 1
)

select
    stage,
    subject,
    library,
    versions,
    n_versions,
    n_results,
    n_others,
    first_at,
    last_at
from final
order by stage_rank(stage), subject nulls last, library;
