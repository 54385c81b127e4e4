-- name: names
-- doc: one row per kind, name (of features stored for a dataset: and dataset) and version, that is, meaning that the name has had
-- params:
--   $kind text(encoder, dataset, reducer, clusterer) = null  only this kind: encoder, dataset, reducer or clusterer
--   $name name = null   only this name
-- columns:
--   kind text                encoder, dataset, reducer or clusterer
--   name text                the name
--   dataset text             dataset that the features were stored for; NULL for all else
--   version bigint           number of the meaning, from 1
--   label text               what it is asked for by: the name itself for what it means now, name@1 for what it meant before
--   is_current boolean       whether the name means this now
--   title text               name for figures
--   first_at timestamptz     when it was first declared
--   declared_at timestamptz  when it was last declared
--   meaning text             key of what it means
--   n_cells bigint           cells that declarations of grids, past ones included, know under it
--   n_closed bigint          of these, cells that have a result
-- reads: name_version, name_fact, named_cell, closing_run

with used as (
    select
        unnest(['encoder', 'dataset', 'reducer', 'clusterer']) as kind,
        unnest([encoder, dataset, reducer, clusterer]) as name,
        unnest(
            [encoder_meaning, dataset_meaning, reducer_meaning, clusterer_meaning]
        ) as meaning,
        cell_key
    from named_cell
    where grid is not null
),

counts as (
    select
        used.kind,
        used.name,
        used.meaning,
        count(distinct used.cell_key) as n_cells,
        count(distinct closing_run.cell_key) as n_closed
    from used
    left join closing_run using (cell_key)
    group by used.kind, used.name, used.meaning
),

final as (
    select
        name_version.*,
        name_fact.title,
        coalesce(counts.n_cells, 0) as n_cells,
        coalesce(counts.n_closed, 0) as n_closed
    from name_version
    inner join name_fact using (kind, name, meaning)
    left join counts using (kind, name, meaning)
    where
        ($kind is null or name_version.kind = $kind)
        and ($name is null or name_version.name = $name)
)

select
    kind,
    name,
    dataset,
    version,
    label,
    is_current,
    title,
    first_at,
    declared_at,
    meaning,
    n_cells,
    n_closed
from final
order by
    list_position(['encoder', 'dataset', 'reducer', 'clusterer'], kind),
    name,
    dataset nulls first,
    version;
