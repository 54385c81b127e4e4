-- name: find_cell
-- doc: one row per cell that a key, its beginning or a path of names means
-- params:
--   $cell text               beginning of the key, or encoder/dataset/reducer/clusterer with /seed where needed; photos@1 is what the name photos meant before
--   $closed boolean = true   only cells with a result; false: all that are declared
-- columns:
--   cell_key text key of the cell
--   title text    encoder/dataset/reducer/clusterer/seed
-- reads: named_cell, closing_run

with titled as (
    select
        cell_key,
        concat_ws('/', encoder, dataset, reducer, clusterer) as path,
        concat_ws('/', path, seed) as title,
        starts_with(cell_key, $cell) as by_key,
        -- names mean what they mean now, else what they meant, else what one grid means
        case
            when grid is null and is_current then 1
            when grid is null then 2
            else 3
        end as place
    from named_cell
    where grid is null or is_current
),

matched as (
    select *
    from titled
    where
        (by_key or path = $cell or title = $cell)
        and (
            not $closed
            or cell_key in (select closing_run.cell_key from closing_run)
        )
),

final as (
    select *
    from matched
    where by_key or place = (select min(matched.place) from matched)
    qualify row_number() over (partition by cell_key order by place, title) = 1
)

select
    cell_key,
    title
from final
order by title, cell_key;
