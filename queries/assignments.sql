-- name: assignments
-- doc: one row per sample, with its cluster in one cell
-- params:
--   $cell cell   key of the cell; the command line and Python also take its names
-- columns:
--   sample_index integer position of the sample in the dataset, from 0
--   sample_id text     path inside the dataset, or another name of the sample
--   cluster integer    cluster, from 0; -1 is noise, NULL a sample that could not be read
--   label text         name of the class that judges the cell; NULL without a label
-- reads: named_cell, closing_run, assignment, listing, label

with chosen as (
    select
        assignment.labels,
        listing.sample_ids,
        label.class_names,
        label.class_index
    from named_cell as cells
    inner join closing_run using (cell_key)
    inner join assignment using (run_key)
    left join listing using (listing_key)
    left join label using (label_key)
    where cells.cell_key = $cell
    -- names and labels as they are now, where the cell goes by several
    order by
        cells.grid nulls first,
        cells.is_current desc,
        cells.is_target desc,
        cells.depth desc,
        cells.dataset,
        cells.level
    limit 1
),

final as (
    select
        unnest(range(len(labels))) as sample_index,
        unnest(sample_ids) as sample_id,
        unnest(labels) as cluster,
        class_names[unnest(class_index) + 1] as label
    from chosen
)

select
    cast(sample_index as integer) as sample_index,
    sample_id,
    cluster,
    label
from final
order by sample_index;
