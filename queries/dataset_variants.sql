-- name: dataset_variants
-- doc: one row per encoder and variant of a dataset (and for the difference of two variants), with its AMI over the clusterings that every encoder has there
-- params:
--   $variants dataset[] = ['in9original', 'in9onlyfg', 'in9nofg', 'in9onlybgt', 'in9mixedsame', 'in9mixedrand']  names of the variants, in the order of the columns
--   $gap_of dataset = 'in9mixedsame'                    the difference is the AMI of this variant ...
--   $gap_to dataset = 'in9mixedrand'                    ... less that of this one
--   $with_random boolean = false                     whether raw pixels and untrained encoders take part
--   $grid grid = null                                only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $datasets dataset[] = null                       only these datasets
--   $domain_group domain_group = null                only datasets of this group
--   $encoders encoder[] = null                       only these encoders
--   $families text(supervised, ssl, none, random, multimodal, unknown)[] = null  only encoders of these families; raw pixels are of none, untrained encoders of random
--   $backbone backbone = null                        only encoders of this backbone
--   $fine_tuned text(with, without, only) = 'with'   with: encoders that were fine-tuned with labels too; without: none of them; only: them alone
--   $reducers reducer[] = null                       only these reducers
--   $clusterers clusterer[] = null                   only these clusterers
--   $seeds seed[] = null                             only these seeds
-- columns:
--   place integer              position of the variant in $variants, from 1; the difference comes last
--   variant text               name of the variant, or gap
--   is_gap boolean             whether the row is the difference
--   encoder text               name of the encoder
--   family text                family of the encoder
--   backbone text              architecture; NULL where none was declared
--   fine_tuned boolean         whether it was fine-tuned with labels
--   ami double                 mean AMI (at most 1), or mean difference (-2 to 2)
--   n_clusterings bigint       clusterings (clusterers, in a cross product each with every reducer) that every encoder has there; for the difference, on both variants
--   n_clusterings_total bigint  clusterings declared
--   n_encoders bigint          encoders of the mask
-- reads: compared_cell

-- A6 of the study. Each column has a mask of its own, so the gap is not the difference of
-- two columns where they lack different clusterings.

-- several runs of one clustering count by their median
with medians as (
    select
        encoder,
        family,
        backbone,
        fine_tuned,
        dataset,
        clusterer,
        recipe,
        median(ami) as ami
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where
        is_asked
        and ($with_random or family not in ('none', 'random'))
        and (
            list_contains(cast($variants as varchar[]), dataset)
            or dataset in ($gap_of, $gap_to)
        )
    group by all
),

columns as (
    select
        * exclude (dataset),
        cast(list_position(cast($variants as varchar[]), dataset) as integer) as place,
        dataset as variant,
        false as is_gap
    from medians
    where list_contains(cast($variants as varchar[]), dataset)
    union all by name
    -- of each clustering, before any mean
    select
        one.* exclude (dataset, ami),
        one.ami - other.ami as ami,
        cast(len(cast($variants as varchar[])) + 1 as integer) as place,
        'gap' as variant,
        true as is_gap
    from medians as one
    inner join medians as other using (encoder, clusterer, recipe)
    where one.dataset = $gap_of and other.dataset = $gap_to
),

sizes as (
    select count(distinct encoder) as n_encoders
    from columns
),

-- the complete-case mask: a clustering counts for all encoders or for none
masked as (
    select
        columns.*,
        sizes.n_encoders,
        count(ami) over (partition by place, clusterer, recipe) = sizes.n_encoders
            as is_complete
    from columns
    cross join sizes
),

final as (
    select
        place,
        variant,
        is_gap,
        encoder,
        family,
        backbone,
        fine_tuned,
        avg(ami) filter (where is_complete) as ami,
        count(*) filter (where is_complete) as n_clusterings,
        count(*) as n_clusterings_total,
        n_encoders
    from masked
    group by all
)

select
    place,
    variant,
    is_gap,
    encoder,
    family,
    backbone,
    fine_tuned,
    ami,
    n_clusterings,
    n_clusterings_total,
    n_encoders
from final
order by place, ami desc nulls last, encoder;
