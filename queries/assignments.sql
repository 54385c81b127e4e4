-- name: assignments
-- doc: one row per sample, with its cluster in one cell
-- params:
--   $cell_key text     key of the cell
-- columns:
--   sample_index integer position of the sample in the dataset, from 0
--   sample_id text     path inside the dataset, or another name of the sample
--   cluster integer    cluster, from 0; -1 is noise, NULL a sample that could not be read
--   label text         name of the class at the target level; NULL without a label
-- reads: result, cell, assignment, sample, label

with chosen as (
    select
        cell.dataset_key,
        cell.level,
        assignment.labels
    from result
    inner join cell using (cell_key)
    inner join assignment using (run_key)
    where result.cell_key = $cell_key
),

final as (
    select
        sample.sample_index,
        sample.sample_id,
        chosen.labels[sample.sample_index + 1] as cluster,
        label.class_names[label.class_index[sample.sample_index + 1] + 1] as label
    from chosen
    inner join sample using (dataset_key)
    left join label
        on chosen.dataset_key = label.dataset_key and chosen.level = label.level
)

select
    sample_index,
    sample_id,
    cluster,
    label
from final
order by sample_index;
