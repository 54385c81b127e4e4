-- name: concatenations
-- doc: one row per encoder that puts features of others side by side, part of it, dataset and clusterer (and reducer in a cross product), with its AMI beside that of the part alone
-- params:
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
--   dataset text              name of the dataset
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   reducer text              name of the reducer in a cross product; NULL otherwise
--   encoder text              name of the encoder
--   place integer             position of the part in its declaration, from 1
--   part text                 name of the encoder that is this part
--   others text               names of the other parts, in order: with part, the rows and columns of a table
--   ami double                median AMI of all parts side by side (at most 1); NULL without one
--   part_ami double           median AMI of the part alone, by the same clusterer; NULL where it was not clustered so
--   gain double               ami - part_ami
--   best_gain double          ami less the highest part_ami; NULL where a part has none
--   n_runs bigint             scored runs behind ami
-- reads: compared_cell, cell, encoder, named_key

-- A20 of the study: images x DNA, with the margins; each level of labels is in level_scores

with medians as (
    select
        cell.encoder_key,
        cells.encoder,
        cells.is_asked,
        cells.dataset,
        cells.clusterer,
        cells.recipe,
        median(cells.ami) as ami,
        coalesce(
            cast(sum(cells.n_runs) filter (where cells.ami is not null) as bigint), 0
        ) as n_runs
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    ) as cells
    inner join cell using (cell_key)
    group by all
),

listed as (
    select
        encoder_key as whole_key,
        from_json(loader -> 'parts', '["VARCHAR"]') as keys
    from encoder
    where loader ->> 'kind' = 'concat'
),

parts as (
    select
        whole_key,
        unnest(keys) as part_key,
        generate_subscripts(keys, 1) as place
    from listed
),

paired as (
    select
        whole.encoder_key,
        whole.encoder,
        whole.dataset,
        whole.clusterer,
        whole.recipe,
        whole.ami,
        whole.n_runs,
        cast(parts.place as integer) as place,
        coalesce(part.encoder, named_key.label) as part,
        part.ami as part_ami
    from medians as whole
    inner join parts on whole.encoder_key = parts.whole_key
    left join medians as part
        on
            parts.part_key = part.encoder_key
            and whole.dataset = part.dataset
            and whole.clusterer = part.clusterer
            and whole.recipe = part.recipe
    left join named_key on named_key.kind = 'encoder' and parts.part_key = named_key.key
    where whole.is_asked
),

wholes as (
    select
        encoder_key,
        encoder,
        dataset,
        clusterer,
        recipe,
        list(part order by place) as names,
        case when count(part_ami) = count(*) then max(part_ami) end as best_part_ami
    from paired
    group by encoder_key, encoder, dataset, clusterer, recipe
),

final as (
    select
        paired.*,
        nullif(paired.recipe, '') as reducer,
        array_to_string(
            list_concat(
                wholes.names[1:paired.place - 1], wholes.names[paired.place + 1:]
            ),
            ' + '
        ) as others,
        paired.ami - paired.part_ami as gain,
        paired.ami - wholes.best_part_ami as best_gain
    from paired
    inner join wholes using (encoder_key, encoder, dataset, clusterer, recipe)
)

select
    dataset,
    clusterer,
    reducer,
    encoder,
    place,
    part,
    others,
    ami,
    part_ami,
    gain,
    best_gain,
    n_runs
from final
order by dataset, clusterer, reducer, ami desc nulls last, encoder, place;
