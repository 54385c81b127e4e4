-- name: result_matrix
-- doc: one row per encoder, dataset, reducer and clusterer that were declared together, with one score
-- params:
--   $metric text(ami, ami_clustered, nmi, ari, silhouette, silhouette_original, silhouette_umap) = 'ami'  ami, ami_clustered, nmi, ari, silhouette, silhouette_original or silhouette_umap
--   $labelled boolean = null      only datasets with (true) or without (false) labels
--   $grid grid = null             only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null       only this dataset
--   $encoder encoder = null       only this encoder
--   $reducer reducer = null       only this reducer
--   $clusterer clusterer = null   only this clusterer
--   $seed seed = null             only this seed
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
-- reads: judged_cell, unclosed_cell

with inputs as (
    select
        cells.dataset,
        cells.domain_group,
        cells.encoder,
        cells.family,
        cells.reducer,
        cells.clusterer,
        case $metric
            when 'ami' then cells.ami
            when 'ami_clustered' then cells.ami_clustered
            when 'nmi' then cells.nmi
            when 'ari' then cells.ari
            when 'silhouette' then cells.silhouette
            when 'silhouette_original' then cells.silhouette_original
            when 'silhouette_umap' then cells.silhouette_umap
        end as value,
        cells.n_runs,
        coalesce(cells.status, unclosed_cell.status, 'missing') as state
    from judged_cell as cells
    left join unclosed_cell using (cell_key)
    where
        is_shown(cells.grid, cells.is_current, $grid, [$dataset, $encoder, $reducer, $clusterer])
        and ($labelled is null or (cells.level is not null) = $labelled)
        and ($dataset is null or cells.dataset = $dataset)
        and ($encoder is null or cells.encoder = $encoder)
        and ($reducer is null or cells.reducer = $reducer)
        and ($clusterer is null or cells.clusterer = $clusterer)
        and ($seed is null or cells.seed = $seed)
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
        coalesce(
            cast(sum(n_runs) filter (where value is not null) as bigint), 0
        ) as n_runs,
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
