-- name: result_matrix
-- doc: one row per encoder, dataset, reducer and clusterer that were declared together, with one score
-- params:
--   $metric text = 'ami'        ami, ami_clustered, nmi, ari, silhouette, silhouette_original or silhouette_umap
--   $labelled boolean = null    only datasets with (true) or without (false) labels
--   $grid text = null           only cells of the newest declaration of this grid
--   $dataset text = null        only this dataset
--   $encoder text = null        only this encoder
--   $reducer text = null        only this reducer
--   $clusterer text = null      only this clusterer
--   $seed integer = null        only this seed
-- columns:
--   dataset text            name of the dataset
--   domain_group text       group of the dataset; NULL where it has none
--   encoder text            name of the encoder
--   family text             family of the encoder
--   reducer text            name of the reducer
--   clusterer text          name of the clusterer
--   value double            median of the score over the runs (seeds); NULL without one
--   n_runs bigint           runs that have the score
--   n_cells bigint          cells declared, at the label level that counts (the target level where a cell has it)
--   state text              states of the cells: statuses of their runs, or missing
-- reads: cell, encoder, dataset, reducer, clusterer, declared_cell, compared_level, run, result

-- the newest run says why a cell has no result
with newest as (
    select
        cell_key,
        status
    from run
    qualify row_number() over (
        partition by cell_key order by shard_seq desc, started_at desc, run_key
    ) = 1
),

inputs as (
    select
        dataset.name as dataset,
        dataset.domain_group,
        encoder.name as encoder,
        encoder.family,
        reducer.name as reducer,
        clusterer.name as clusterer,
        case $metric
            when 'ami' then result.ami
            when 'ami_clustered' then result.ami_clustered
            when 'nmi' then result.nmi
            when 'ari' then result.ari
            when 'silhouette' then result.silhouette
            when 'silhouette_original' then result.silhouette_original
            when 'silhouette_umap' then result.silhouette_umap
            else error('metric must be ami, ami_clustered, nmi, ari or a silhouette')
        end as value,
        coalesce(result.status, newest.status, 'missing') as state
    from cell
    inner join encoder using (encoder_key)
    inner join dataset using (dataset_key)
    inner join reducer using (reducer_key)
    inner join clusterer using (clusterer_key)
    left join result using (cell_key)
    left join newest using (cell_key)
    left join compared_level
        on
            cell.dataset_key = compared_level.dataset_key
            and compared_level.grid is not distinct from $grid
    where
        (cell.level is null or cell.level = compared_level.level)
        and ($labelled is null or (cell.level is not null) = $labelled)
        and (
            $grid is null
            or cell.cell_key in (
                select declared_cell.cell_key from declared_cell where declared_cell.grid = $grid
            )
        )
        and ($dataset is null or dataset.name = $dataset)
        and ($encoder is null or encoder.name = $encoder)
        and ($reducer is null or reducer.name = $reducer)
        and ($clusterer is null or clusterer.name = $clusterer)
        and ($seed is null or cell.seed = $seed)
),

final as (
    select
        dataset,
        domain_group,
        encoder,
        family,
        reducer,
        clusterer,
        median(value) as value,
        count(value) as n_runs,
        count(*) as n_cells,
        string_agg(distinct state, ', ' order by state) as state
    from inputs
    group by dataset, domain_group, encoder, family, reducer, clusterer
)

select
    dataset,
    domain_group,
    encoder,
    family,
    reducer,
    clusterer,
    value,
    n_runs,
    n_cells,
    state
from final
order by dataset, reducer, encoder, clusterer;
