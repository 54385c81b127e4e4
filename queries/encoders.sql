-- name: encoders
-- doc: one row per encoder
-- params:
--   $grid text = null       only encoders of the newest declaration of this grid
--   $family text = null     only this family
--   $backbone text = null   only this backbone
-- columns:
--   encoder text            name of the encoder
--   family text             supervised, ssl, none (pixels), random, multimodal or unknown
--   backbone text           architecture
--   objective text          training objective
--   pretrained_on text      training data of the weights
--   fine_tuned boolean      whether the weights were fine-tuned with labels
--   feature text            what is taken as the feature
--   image_size integer      side of the square input, in pixels; NULL for stored embeddings
--   dim integer             largest number of features among its embeddings; NULL without one
--   n_embeddings bigint     embeddings made
--   images_per_s double     median speed of its embeddings, in images a second
--   weights_sha256 text     sha256 of the weights that were loaded; NULL without weights
-- reads: encoder, embedding, cell, declared_cell

with in_grid as (
    select cell.encoder_key
    from declared_cell
    inner join cell using (cell_key)
    where declared_cell.grid = $grid
),

embeddings as (
    select
        encoder_key,
        max(dim) as dim,
        count(*) as n_embeddings,
        median(images_per_s) as images_per_s,
        max(weights_sha256) as weights_sha256
    from embedding
    group by encoder_key
),

final as (
    select
        encoder.name as encoder,
        encoder.family,
        encoder.backbone,
        encoder.objective,
        encoder.pretrained_on,
        encoder.fine_tuned,
        encoder.feature,
        encoder.image_size,
        embeddings.dim,
        coalesce(embeddings.n_embeddings, 0) as n_embeddings,
        embeddings.images_per_s,
        embeddings.weights_sha256
    from encoder
    left join embeddings using (encoder_key)
    where
        ($grid is null or encoder.encoder_key in (select in_grid.encoder_key from in_grid))
        and ($family is null or encoder.family = $family)
        and ($backbone is null or encoder.backbone = $backbone)
)

select
    encoder,
    family,
    backbone,
    objective,
    pretrained_on,
    fine_tuned,
    feature,
    image_size,
    dim,
    n_embeddings,
    images_per_s,
    weights_sha256
from final
order by encoder;
