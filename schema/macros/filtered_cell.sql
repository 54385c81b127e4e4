-- name: filtered_cell
-- doc: rows of compared_cell that the filters of an analysis leave; is_asked says which of them the filters of encoders leave, too
-- reads: compared_cell, is_any_of, is_shown

-- Encoders are marked and not left out, since a comparison may need a baseline beside them.
create or replace temp macro filtered_cell(
    in_grid,
    of_datasets,
    of_domain_group,
    of_encoders,
    of_families,
    of_backbone,
    if_fine_tuned,
    of_reducers,
    of_clusterers,
    of_seeds,
    of_baseline := null
) as table
select
    *,
    is_any_of(encoder, of_encoders)
    and is_any_of(family, of_families)
    and (of_backbone is null or backbone = of_backbone)
    and case if_fine_tuned
        when 'with' then true
        when 'without' then not fine_tuned
        when 'only' then fine_tuned
    end as is_asked
from compared_cell
where
    is_shown(
        grid,
        is_current,
        in_grid,
        flatten([
            [of_baseline],
            cast(of_datasets as varchar[]),
            cast(of_encoders as varchar[]),
            cast(of_reducers as varchar[]),
            cast(of_clusterers as varchar[])
        ])
    )
    and is_any_of(dataset, of_datasets)
    and (of_domain_group is null or domain_group = of_domain_group)
    and is_any_of(reducer, of_reducers)
    and is_any_of(clusterer, of_clusterers)
    and (of_seeds is null or list_contains(cast(of_seeds as integer[]), seed));
