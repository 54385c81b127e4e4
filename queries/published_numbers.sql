-- name: published_numbers
-- doc: one row per published number of the study (arXiv 2406.02465) that this warehouse can answer, with ours beside it
-- params:
--   $quantity text(n_samples, n_classes, imbalance, rho_knn_ami, validation_ami) = null  only this quantity
--   $is_within boolean = null                 only what is (true) or is not (false) within the tolerance
--   $grid grid = null                         sizes and correlations are those of this grid; NULL: of what the newest declarations of all grids want
--   $validation_grid grid = 'validation'      grid of the AMIs on the validation sets
-- columns:
--   quantity text          n_samples, n_classes, imbalance (largest class over smallest), rho_knn_ami (Spearman correlation of kNN accuracy and AMI) or validation_ami (weighted mean AMI on the validation sets)
--   dataset text           name of the dataset; NULL where the number is over several
--   encoder text           name of the encoder; NULL where the number is over several or none
--   backbone text          architecture; NULL where the number is not of one
--   clusterer text         slot of the clusterer; NULL where the number is of none
--   k integer              neighbours that vote; NULL where none do
--   published double       the number as it was published
--   ours double            that of this warehouse; NULL where it has no value
--   difference double      ours - published
--   tolerance double       the difference that is to be expected, for the reasons that the macro published_number gives
--   is_within boolean      whether it is not larger; NULL without ours
--   n bigint               points of our correlation, or validation sets that have an AMI; NULL for sizes
-- reads: named_cell, judged_cell, dataset, label_level, label, is_shown, knn_correlation, published_number

with shown as (
    select distinct
        dataset,
        dataset_key,
        labelling_key
    from named_cell
    where is_shown(grid, is_current, $grid, [])
),

sizes as (
    select
        shown.dataset,
        unnest(['n_samples', 'n_classes', 'imbalance']) as quantity,
        unnest([dataset.n_samples, label.n_classes, label.imbalance]) as ours
    from shown
    inner join dataset using (dataset_key)
    left join label_level
        on shown.labelling_key = label_level.labelling_key and label_level.is_target
    left join label on label_level.label_key = label.label_key
),

-- the encoders of the published table: neither raw pixels nor untrained, fine-tuned or CLIP
correlations as (
    select
        'rho_knn_ami' as quantity,
        pool as backbone,
        clusterer,
        k,
        rho as ours,
        n_points as n
    from knn_correlation(
        $grid, null, null, null, ['supervised', 'ssl', 'unknown'], null, 'without',
        null, null, null
    )
    where not is_overall and round(temperature, 6) = 0.07
),

-- several seeds count by their median
medians as (
    select
        encoder,
        slot,
        dataset,
        case when dataset = 'imagenet_validation' then 2 else 1 end as weight,
        -- of one setting: the number is that of the one that was selected
        case
            when count(distinct (reducer, clusterer)) = 1 then median(ami)
        end as ami
    from judged_cell
    where
        grid = $validation_grid
        and dataset in (
            'imagenet_validation', 'imagenette_validation', 'imagewoof_validation'
        )
    group by encoder, slot, dataset
),

validations as (
    select
        'validation_ami' as quantity,
        encoder,
        slot as clusterer,
        case when count(ami) = 3 then sum(weight * ami) / sum(weight) end as ours,
        count(ami) as n
    from medians
    group by encoder, slot
),

ours as (
    select * from sizes
    union all by name
    select * from correlations
    union all by name
    select * from validations
),

final as (
    select
        published.*,
        ours.ours,
        ours.ours - published.value as difference,
        -- rounded, so that a difference of the tolerance itself is within it
        round(abs(ours.ours - published.value), 12) <= published.tolerance as is_within,
        ours.n
    from published_number() as published
    inner join ours
        on
            published.quantity = ours.quantity
            and published.dataset is not distinct from ours.dataset
            and published.encoder is not distinct from ours.encoder
            and published.backbone is not distinct from ours.backbone
            and published.clusterer is not distinct from ours.clusterer
            and published.k is not distinct from ours.k
)

select
    quantity,
    dataset,
    encoder,
    backbone,
    clusterer,
    k,
    value as published,
    ours,
    difference,
    tolerance,
    is_within,
    n
from final
where
    ($quantity is null or quantity = $quantity)
    and ($is_within is null or is_within = $is_within)
order by
    list_position(
        ['n_samples', 'n_classes', 'imbalance', 'rho_knn_ami', 'validation_ami'], quantity
    ),
    dataset,
    backbone,
    encoder,
    clusterer,
    k;
