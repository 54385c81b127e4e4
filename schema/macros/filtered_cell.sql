-- name: filtered_cell
-- doc: rows of compared_cell that the filters of an analysis leave; is_asked says which of them the filters of encoders leave, too
-- reads: compared_cell, is_any_of

-- Encoders are marked and not left out, since a comparison may need a baseline beside them.
-- A grid shows what it wants; without one, what a name no longer means comes back where a
-- filter asks for it by its version.
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
    grid is not distinct from in_grid
    and (
        is_current
        or in_grid is not null
        or contains(
            concat_ws(
                ' ',
                of_baseline,
                array_to_string(cast(of_datasets as varchar[]), ' '),
                array_to_string(cast(of_encoders as varchar[]), ' '),
                array_to_string(cast(of_reducers as varchar[]), ' '),
                array_to_string(cast(of_clusterers as varchar[]), ' ')
            ),
            '@'
        )
    )
    and is_any_of(dataset, of_datasets)
    and (of_domain_group is null or domain_group = of_domain_group)
    and is_any_of(reducer, of_reducers)
    and is_any_of(clusterer, of_clusterers)
    and (of_seeds is null or list_contains(cast(of_seeds as integer[]), seed));
