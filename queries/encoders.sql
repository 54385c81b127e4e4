-- name: encoders
-- doc: one row per encoder that cells are wanted of
-- params:
--   $grid grid = null           only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $encoder encoder = null     only this encoder
--   $family text(supervised, ssl, none, random, multimodal, unknown) = null  only this family
--   $backbone backbone = null   only this backbone
-- columns:
--   encoder text            name of the encoder
--   title text              name for figures
--   version text            label of what the name means here: the name itself, or name@1 where it means something else by now
--   family text             supervised, ssl, none (pixels), random, multimodal or unknown
--   backbone text           architecture
--   objective text          training objective
--   pretrained_on text      training data of the weights
--   fine_tuned boolean      whether the weights were fine-tuned with labels
--   licence text            licence of the weights; NULL where none was declared
--   feature text            what is taken as the feature
--   image_size integer      side of the square input, in pixels; NULL for stored embeddings
--   dim integer             largest number of features among its embeddings; NULL without one
--   n_embeddings bigint     embeddings made
--   images_per_s double     median speed of its embeddings, in images a second
--   n_parameters bigint     parameters of its network; NULL without one
--   weights_sha256 text     sha256 of the weights that were loaded; NULL without weights
-- reads: named_cell, encoder_fact, name_version, encoder, embedding

with named as (
    select distinct
        encoder,
        encoder_meaning as meaning,
        encoder_key
    from named_cell
    where is_shown(grid, is_current, $grid, [])
),

facts as (
    select
        named.encoder,
        name_version.label as version,
        fact.* exclude (encoder_key),
        encoder.feature,
        encoder.image_size
    from named
    inner join encoder_fact as fact
        on split_part(named.encoder, '@', 1) = fact.name and named.meaning = fact.meaning
    inner join name_version
        on
            name_version.kind = 'encoder'
            and fact.name = name_version.name
            and fact.meaning = name_version.meaning
    inner join encoder on named.encoder_key = encoder.encoder_key
    where
        ($encoder is null or named.encoder = $encoder)
        and ($family is null or fact.family = $family)
        and ($backbone is null or fact.backbone = $backbone)
    -- features stored for several datasets are one encoder
    qualify row_number() over (
        partition by named.encoder order by fact.declared_at desc, fact.meaning
    ) = 1
),

embeddings as (
    select
        named.encoder,
        max(embedding.dim) as dim,
        count(*) as n_embeddings,
        median(embedding.images_per_s) as images_per_s,
        max(embedding.n_parameters) as n_parameters,
        max(embedding.weights_sha256) as weights_sha256
    from embedding
    inner join named using (encoder_key)
    group by named.encoder
),

final as (
    select
        facts.*,
        embeddings.dim,
        coalesce(embeddings.n_embeddings, 0) as n_embeddings,
        embeddings.images_per_s,
        embeddings.n_parameters,
        embeddings.weights_sha256
    from facts
    left join embeddings using (encoder)
)

select
    encoder,
    title,
    version,
    family,
    backbone,
    objective,
    pretrained_on,
    fine_tuned,
    licence,
    feature,
    image_size,
    dim,
    n_embeddings,
    images_per_s,
    n_parameters,
    weights_sha256
from final
order by encoder;
