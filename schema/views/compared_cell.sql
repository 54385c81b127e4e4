-- name: compared_cell
-- doc: one row per labelled row of judged_cell, with the names that it is compared under and the scores of its result
-- reads: judged_cell

create or replace view compared_cell as
-- a study has one recipe per encoder and slot, so its clusterers are compared by slot; a
-- cross product has several, which are told apart by reducer and by clusterer
with numbered as (
    select
        *,
        dense_rank() over (
            partition by grid, is_current, dataset, encoder, slot
            order by reducer, clusterer
        ) as nth_recipe
    from judged_cell
    where label_key is not null
),

kinds as (
    select
        *,
        max(nth_recipe) over (partition by grid, is_current, dataset) > 1 as is_crossed
    from numbered
)

select
    grid,
    is_current,
    cell_key,
    embedding_key,
    reduction_key,
    dataset_key,
    labelling_key,
    level,
    label_key,
    train_dataset_key,
    train_label_key,
    encoder,
    family,
    fine_tuned,
    backbone,
    dataset,
    domain_group,
    reducer,
    case when is_crossed then clusterer else slot end as clusterer,
    -- what must be equal beside encoder, dataset and clusterer for a fair comparison
    case when is_crossed then reducer else '' end as recipe,
    clusterer_key,
    k_source,
    k,
    seed,
    run_key,
    n_runs,
    ami,
    silhouette,
    silhouette_original,
    silhouette_umap,
    n_classes,
    n_samples,
    wall_s
from kinds;
