-- name: one_weights_per_encoder
-- doc: an encoder was loaded with the same weights every time
-- reads: embedding, encoder

select
    encoder.name as encoder,
    count(distinct embedding.weights_sha256) as n_weights
from embedding
inner join encoder using (encoder_key)
group by encoder.encoder_key, encoder.name
having count(distinct embedding.weights_sha256) > 1
