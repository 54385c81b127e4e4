-- name: best_cells
-- doc: one row per dataset, with its best cell by AMI, or by silhouette in UMAP space where it has no labels
-- params:
--   $grid grid = null             only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null       only this dataset
--   $encoder encoder = null       only this encoder
--   $reducer reducer = null       only this reducer
--   $clusterer clusterer = null   only this clusterer
--   $seed seed = null             only this seed
-- columns:
--   dataset text              name of the dataset
--   judged_by text            score that chose the cell: ami or silhouette_umap
--   encoder text              name of the encoder
--   reducer text              name of the reducer
--   clusterer text            name of the clusterer
--   seed integer              seed of reducer and clusterer
--   ami double                adjusted mutual information (at most 1); NULL without labels
--   silhouette_umap double    mean silhouette in UMAP space (-1 to 1)
--   n_clusters integer        clusters found, noise excluded
--   n_classes integer         classes at the label level that counts (the target level where a cell has it); NULL without labels
--   n_scored bigint           cells of the dataset that have the score, the best one included
--   cell_key text             key of the cell
-- reads: judged_cell

with judged as (
    select
        *,
        case when level is null then 'silhouette_umap' else 'ami' end as judged_by,
        case when level is null then silhouette_umap else ami end as judgement
    from judged_cell
    where
        is_shown(grid, is_current, $grid, [$dataset, $encoder, $reducer, $clusterer])
        and ($dataset is null or dataset = $dataset)
        and ($encoder is null or encoder = $encoder)
        and ($reducer is null or reducer = $reducer)
        and ($clusterer is null or clusterer = $clusterer)
        and ($seed is null or seed = $seed)
),

final as (
    select
        *,
        count(*) over (partition by dataset) as n_scored
    from judged
    where judgement is not null
    qualify row_number() over (
        partition by dataset order by judgement desc, encoder, reducer, clusterer, seed
    ) = 1
)

select
    dataset,
    judged_by,
    encoder,
    reducer,
    clusterer,
    seed,
    ami,
    silhouette_umap,
    n_clusters,
    n_classes,
    n_scored,
    cell_key
from final
order by dataset;
