-- name: compared_cell
-- doc: one row per grid (its newest declaration; NULL: all cells) and labelled cell of it at the level that counts, with the names that it is compared under and the scores of its result
-- reads: cell, encoder, dataset, reducer, clusterer, declared_cell, compared_level, result

create or replace view compared_cell as
with scoped as (
    select
        cast(null as varchar) as grid,
        cell.cell_key
    from cell
    union all
    select
        grid,
        cell_key
    from declared_cell
),

labelled as (
    select
        scoped.grid,
        cell.*
    from scoped
    inner join cell using (cell_key)
    -- a clustering towards another level is no further seed of the same one
    inner join compared_level
        on
            scoped.grid is not distinct from compared_level.grid
            and cell.dataset_key = compared_level.dataset_key
            and cell.level = compared_level.level
),

-- a study has one recipe per encoder and slot, so its clusterers are compared by slot; a
-- cross product has several, which are told apart by reducer and by clusterer
recipes as (
    select
        labelled.grid,
        labelled.dataset_key,
        count(distinct (labelled.reducer_key, labelled.clusterer_key)) as n_recipes
    from labelled
    inner join clusterer using (clusterer_key)
    group by labelled.grid, labelled.dataset_key, labelled.encoder_key, clusterer.slot
),

kinds as (
    select
        grid,
        dataset_key,
        max(n_recipes) > 1 as is_crossed
    from recipes
    group by grid, dataset_key
)

select
    labelled.grid,
    labelled.cell_key,
    labelled.embedding_key,
    labelled.dataset_key,
    labelled.level,
    encoder.name as encoder,
    encoder.family,
    encoder.fine_tuned,
    encoder.backbone,
    dataset.name as dataset,
    dataset.domain_group,
    reducer.name as reducer,
    case when kinds.is_crossed then clusterer.name else clusterer.slot end as clusterer,
    -- what must be equal beside encoder, dataset and clusterer for a fair comparison
    case when kinds.is_crossed then reducer.name else '' end as recipe,
    labelled.seed,
    result.run_key,
    result.ami,
    result.silhouette,
    result.silhouette_original,
    result.silhouette_umap
from labelled
inner join kinds
    on
        labelled.grid is not distinct from kinds.grid
        and labelled.dataset_key = kinds.dataset_key
inner join encoder on labelled.encoder_key = encoder.encoder_key
inner join dataset on labelled.dataset_key = dataset.dataset_key
inner join reducer on labelled.reducer_key = reducer.reducer_key
inner join clusterer on labelled.clusterer_key = clusterer.clusterer_key
left join result on labelled.cell_key = result.cell_key;
