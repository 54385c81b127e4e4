-- name: best_cells
-- doc: one row per dataset, with its best cell by AMI, or by silhouette in UMAP space where it has no labels
-- params:
--   $grid text = null       only cells of the newest declaration of this grid
--   $dataset text = null    only this dataset
--   $encoder text = null    only this encoder
--   $reducer text = null    only this reducer
--   $clusterer text = null  only this clusterer
--   $seed integer = null    only this seed
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
-- reads: result, cell, declared_cell, compared_level

with judged as (
    select
        result.*,
        case when cell.level is null then 'silhouette_umap' else 'ami' end as judged_by,
        case
            when cell.level is null then result.silhouette_umap
            else result.ami
        end as judgement
    from result
    inner join cell using (cell_key)
    left join compared_level
        on
            cell.dataset_key = compared_level.dataset_key
            and compared_level.grid is not distinct from $grid
    where
        (cell.level is null or cell.level = compared_level.level)
        and (
            $grid is null
            or cell_key in (select declared_cell.cell_key from declared_cell where declared_cell.grid = $grid)
        )
        and ($dataset is null or result.dataset = $dataset)
        and ($encoder is null or result.encoder = $encoder)
        and ($reducer is null or result.reducer = $reducer)
        and ($clusterer is null or result.clusterer = $clusterer)
        and ($seed is null or result.seed = $seed)
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
