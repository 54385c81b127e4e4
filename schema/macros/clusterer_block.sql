-- name: clusterer_block
-- doc: one row per block in which clusterers are compared and clusterer, with its AMI there; runs of one cell count by their median
-- reads: filtered_cell

create or replace temp macro clusterer_block(
    of_block,
    in_grid,
    of_datasets,
    of_domain_group,
    of_encoders,
    of_families,
    of_backbone,
    if_fine_tuned,
    of_reducers,
    of_clusterers,
    of_seeds
) as table
with inputs as (
    select *
    from filtered_cell(
        in_grid, of_datasets, of_domain_group, of_encoders, of_families, of_backbone,
        if_fine_tuned, of_reducers, of_clusterers, of_seeds
    )
    where is_asked
),

kinds as (
    select
        case
            when of_block in ('reducer', 'recipe', 'best') then of_block
            when max(n_reducers) > 1 then 'reducer'
            else 'recipe'
        end as block
    from (
        select count(distinct reducer) as n_reducers
        from inputs
        group by encoder, dataset, clusterer
    )
),

medians as (
    select
        inputs.encoder,
        inputs.dataset,
        inputs.domain_group,
        case when kinds.block = 'recipe' then '' else inputs.reducer end as reducer,
        inputs.clusterer,
        kinds.block,
        median(inputs.ami) as ami
    from inputs
    cross join kinds
    group by all
)

select
    encoder,
    dataset,
    domain_group,
    case when block = 'reducer' then reducer else '' end as reducer,
    clusterer,
    block,
    max(ami) as ami
from medians
group by all;
