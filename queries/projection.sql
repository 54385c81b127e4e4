-- name: projection
-- doc: one row per sample that could be read (evenly thinned out) of one closed cell, with its place in a projection, its label and its cluster
-- params:
--   $cell cell                   the cell whose key starts with this
--   $projection text = null      key of the projection; NULL: the one of the cell's own seed, else the first
--   $max_points integer = 5000   draw about this many samples at most
-- columns:
--   sample_index integer   position of the sample, from 0
--   sample_id text         name of the sample
--   x double               first coordinate
--   y double               second coordinate
--   label text             class of the sample; NULL where it has none
--   cluster integer        cluster of the sample, -1 is noise
-- reads: named_cell, closing_run, assignment, reduction, projection, listing, label

with inputs as (
    select
        assignment.labels as clusters,
        listing.sample_ids,
        label.class_index,
        label.class_names,
        projection.x,
        projection.y
    from named_cell as cells
    inner join closing_run using (cell_key)
    inner join assignment using (run_key)
    inner join reduction on cells.embedding_key = reduction.embedding_key
    inner join projection on reduction.reduction_key = projection.reduction_key
    left join listing using (listing_key)
    left join label using (label_key)
    where
        starts_with(cells.cell_key, $cell)
        and ($projection is null or projection.reduction_key = $projection)
    -- names and labels as they are now, where the cell goes by several
    order by
        cells.cell_key,
        cells.grid nulls first,
        cells.is_current desc,
        cells.is_target desc,
        cells.depth desc,
        cells.dataset,
        cells.level,
        (reduction.seed is not distinct from cells.seed) desc,
        projection.reduction_key
    limit 1
),

samples as (
    select
        class_names,
        unnest(range(len(clusters))) as sample_index,
        len(clusters) as n_samples,
        unnest(sample_ids) as sample_id,
        unnest(x) as x,
        unnest(y) as y,
        unnest(clusters) as cluster,
        unnest(class_index) as class_index
    from inputs
),

final as (
    select
        cast(sample_index as integer) as sample_index,
        sample_id,
        cast(x as double) as x,
        cast(y as double) as y,
        class_names[class_index + 1] as label,
        cluster
    from samples
    -- every k-th sample, so that the drawing does not depend on chance
    where
        sample_index % greatest(1, ceil(n_samples / greatest(1, $max_points))) = 0
        and x is not null
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
