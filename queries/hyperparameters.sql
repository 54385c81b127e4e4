-- name: hyperparameters
-- doc: one row per encoder, slot of a clusterer, reducer and clusterer that were declared together, with all their parameters
-- params:
--   $slots text[] = null               only these slots, such as kmeans
--   $encoders encoder[] = null         only these encoders
--   $datasets dataset[] = null         only what is declared for these datasets
--   $grid grid = null                  only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
-- columns:
--   encoder text               name of the encoder
--   family text                family of the encoder
--   backbone text              architecture; NULL where none was declared
--   slot text                  place of the clusterer in a recipe, such as spectral
--   reducer text               name of the reducer
--   reducer_kind text          its method, such as umap
--   reducer_params text        its parameters as JSON
--   clusterer text             name of the clusterer
--   clusterer_kind text        its method, such as agglomerative
--   clusterer_params text      its parameters as JSON
--   standardise text           standardisation of the reduced space before clustering
--   dimension_correction boolean  whether that is divided by sqrt(d), or by d for L1-type metrics
--   k_source text              labels: K is the number of classes; given: it is a parameter; estimated: the method finds it
--   n_datasets bigint          datasets that they were declared for
--   n_datasets_total bigint    datasets that the encoder and slot were declared for
-- reads: named_cell, reducer, clusterer, is_shown, is_any_of

-- A23 of the study. A dataset with an exception in its recipe, such as a smaller cluster of
-- HDBSCAN, shows as a second row of its slot, with its number of datasets.

with declared as (
    select distinct
        named_cell.encoder,
        named_cell.family,
        named_cell.backbone,
        named_cell.slot,
        named_cell.reducer,
        reducer.kind as reducer_kind,
        cast(reducer.params as varchar) as reducer_params,
        named_cell.clusterer,
        clusterer.kind as clusterer_kind,
        cast(clusterer.params as varchar) as clusterer_params,
        clusterer.standardise,
        clusterer.dimension_correction,
        named_cell.k_source,
        named_cell.dataset
    from named_cell
    inner join reducer on named_cell.reducer_key = reducer.reducer_key
    inner join clusterer on named_cell.clusterer_key = clusterer.clusterer_key
    where
        is_shown(
            named_cell.grid,
            named_cell.is_current,
            $grid,
            list_concat(cast($datasets as varchar[]), cast($encoders as varchar[]))
        )
        and is_any_of(named_cell.slot, $slots)
        and is_any_of(named_cell.encoder, $encoders)
        and is_any_of(named_cell.dataset, $datasets)
),

totals as (
    select
        encoder,
        slot,
        count(distinct dataset) as n_datasets_total
    from declared
    group by encoder, slot
),

final as (
    select
        declared.* exclude (dataset),
        totals.n_datasets_total,
        count(distinct declared.dataset) as n_datasets
    from declared
    inner join totals using (encoder, slot)
    group by all
)

select
    encoder,
    family,
    backbone,
    slot,
    reducer,
    reducer_kind,
    reducer_params,
    clusterer,
    clusterer_kind,
    clusterer_params,
    standardise,
    dimension_correction,
    k_source,
    n_datasets,
    n_datasets_total
from final
order by encoder, slot, n_datasets desc, reducer, clusterer;
