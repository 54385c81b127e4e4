-- name: array_scores
-- doc: one row per embedding or reduction, label level and metric, with the score of the true labels as if they were clusters
-- params:
--   $metric text = null     only this metric, such as silhouette
--   $reducer text = null    only reductions by this reducer
--   $dataset text = null    only this dataset
--   $encoder text = null    only this encoder
--   $level text = null      only this label level
--   $seed integer = null    only reductions of this seed
--   $grid text = null       only embeddings of the newest declaration of this grid
-- columns:
--   dataset text     name of the dataset
--   encoder text     name of the encoder
--   reducer text     name of the reducer; NULL for the embedding itself
--   seed integer     seed of the reduction; NULL where it uses none
--   dim integer      number of dimensions of the array
--   level text       label level
--   metric text      metric
--   value double     the score (silhouette: -1 to 1); NULL where it is undefined
--   reason text      why the value is NULL
-- reads: array_score, embedding, reduction, encoder, dataset, reducer, cell, declared_cell

with in_grid as (
    select cell.embedding_key
    from declared_cell
    inner join cell using (cell_key)
    where declared_cell.grid = $grid
),

arrays as (
    select
        embedding_key as array_key,
        embedding_key,
        null as reducer_key,
        null as seed,
        dim
    from embedding
    union all
    select
        reduction_key,
        embedding_key,
        reducer_key,
        seed,
        dim
    from reduction
    -- a reduction that keeps the embedding as it is may share its key
    where reduction_key not in (select embedding.embedding_key from embedding)
),

final as (
    select
        dataset.name as dataset,
        encoder.name as encoder,
        reducer.name as reducer,
        arrays.seed,
        arrays.dim,
        array_score.level,
        array_score.metric,
        array_score.value,
        array_score.reason
    from array_score
    inner join arrays using (array_key)
    inner join embedding using (embedding_key)
    inner join encoder using (encoder_key)
    inner join dataset using (dataset_key)
    left join reducer using (reducer_key)
    where
        ($metric is null or array_score.metric = $metric)
        and ($reducer is null or reducer.name = $reducer)
        and ($dataset is null or dataset.name = $dataset)
        and ($encoder is null or encoder.name = $encoder)
        and ($level is null or array_score.level = $level)
        and ($seed is null or arrays.seed = $seed)
        and (
            $grid is null
            or arrays.embedding_key in (select in_grid.embedding_key from in_grid)
        )
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
