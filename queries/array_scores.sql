-- name: array_scores
-- doc: one row per embedding or reduction, label level and metric, with the score of the true labels as if they were clusters
-- params:
--   $metric text(silhouette, silhouette_cosine, silhouette_manhattan, silhouette_sampled, silhouette_sampled_low, silhouette_sampled_high, calinski_harabasz, davies_bouldin) = null  only this metric, such as silhouette
--   $reducer reducer = null   only reductions by this reducer
--   $dataset dataset = null   only this dataset
--   $encoder encoder = null   only this encoder
--   $level level = null       only this label level
--   $seed seed = null         only reductions of this seed
--   $grid grid = null         only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
-- columns:
--   dataset text     name of the dataset
--   encoder text     name of the encoder
--   reducer text     name of the reducer; NULL for the embedding itself
--   seed integer     seed of the reduction; NULL where it uses none
--   dim integer      number of dimensions of the array
--   level text       label level
--   metric text      metric
--   value double     the score (silhouettes: -1 to 1); NULL where it is undefined
--   reason text      why the value is NULL
-- reads: named_cell, label_level, array_score, embedding, reduction

-- A21 of the study

with named as (
    select distinct
        dataset,
        encoder,
        reducer,
        labelling_key,
        embedding_key,
        reduction_key
    from named_cell
    where
        is_shown(grid, is_current, $grid, [$dataset, $encoder, $reducer])
        and ($dataset is null or dataset = $dataset)
        and ($encoder is null or encoder = $encoder)
),

arrays as (
    select
        dataset,
        encoder,
        null as reducer,
        labelling_key,
        embedding_key as array_key
    from named
    union
    select
        dataset,
        encoder,
        reducer,
        labelling_key,
        reduction_key
    from named
    -- a reduction that keeps the embedding as it is may share its key
    where reduction_key <> embedding_key
),

final as (
    select
        arrays.dataset,
        arrays.encoder,
        arrays.reducer,
        reduction.seed,
        coalesce(reduction.dim, embedding.dim) as dim,
        label_level.level,
        array_score.metric,
        array_score.value,
        array_score.reason
    from arrays
    inner join label_level using (labelling_key)
    inner join array_score using (array_key, label_key)
    left join reduction on arrays.array_key = reduction.reduction_key
    left join embedding on arrays.array_key = embedding.embedding_key
    where
        ($metric is null or array_score.metric = $metric)
        and ($reducer is null or arrays.reducer = $reducer)
        and ($level is null or label_level.level = $level)
        and ($seed is null or reduction.seed = $seed)
)

select
    dataset,
    encoder,
    reducer,
    seed,
    dim,
    level,
    metric,
    value,
    reason
from final
order by dataset, level, metric, reducer nulls first, seed, value desc nulls last, encoder;
