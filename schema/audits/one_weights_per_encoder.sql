-- name: one_weights_per_encoder
-- doc: an encoder was loaded with the same weights every time
-- reads: embedding

select
    encoder_key,
    count(distinct weights_sha256) as n_weights
from embedding
group by encoder_key
having count(distinct weights_sha256) > 1
