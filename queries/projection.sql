-- name: projection
-- doc: one row per sample that could be read (evenly thinned out) of one closed cell, with its place in a projection, its label and its cluster
-- params:
--   $cell text                       the cell whose key begins so
--   $projection text = null          key of the projection; NULL: the one of the cell's own seed, else the first
--   $max_points integer = 5000       draw at most about so many samples
-- columns:
--   sample_index integer   position of the sample, from 0
--   sample_id text         name of the sample
--   x double               first coordinate
--   y double               second coordinate
--   label text             class of the sample; NULL where it has none
--   cluster integer        cluster of the sample, -1 is noise
-- reads: result, cell, assignment, reduction, projection, label, sample

with inputs as (
    select
        result.run_key,
        cell.dataset_key,
        cell.level,
        projection.x,
        projection.y
    from result
    inner join cell using (cell_key)
    inner join reduction on cell.embedding_key = reduction.embedding_key
    inner join projection on reduction.reduction_key = projection.reduction_key
    where
        starts_with(result.cell_key, $cell)
        and ($projection is null or projection.reduction_key = $projection)
    qualify row_number() over (
        order by
            result.cell_key,
            (reduction.seed is not distinct from result.seed) desc,
            projection.reduction_key
    ) = 1
),

vectors as (
    select
        inputs.dataset_key,
        inputs.x,
        inputs.y,
        assignment.labels as clusters,
        label.class_index,
        label.class_names
    from inputs
    inner join assignment using (run_key)
    left join label
        on inputs.dataset_key = label.dataset_key and inputs.level = label.level
),

samples as (
    select
        dataset_key,
        class_names,
        unnest(range(len(clusters))) as sample_index,
        len(clusters) as n_samples,
        unnest(x) as x,
        unnest(y) as y,
        unnest(clusters) as cluster,
        unnest(class_index) as class_index
    from vectors
),

final as (
    select
        cast(samples.sample_index as integer) as sample_index,
        sample.sample_id,
        cast(samples.x as double) as x,
        cast(samples.y as double) as y,
        samples.class_names[samples.class_index + 1] as label,
        samples.cluster
    from samples
    left join sample
        on
            samples.dataset_key = sample.dataset_key
            and samples.sample_index = sample.sample_index
    -- every k-th sample, so that the drawing does not depend on chance
    where
        samples.sample_index % greatest(1, ceil(samples.n_samples / greatest(1, $max_points))) = 0
        and samples.x is not null
)

select
    sample_index,
    sample_id,
    x,
    y,
    label,
    cluster
from final
order by sample_index;
