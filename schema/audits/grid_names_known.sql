-- name: grid_names_known
-- doc: what a grid names is declared, and what its level and its meaning say exists
-- reads: grid_cell, grid_name, dataset_name, label_level, name_version

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
