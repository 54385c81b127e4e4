-- name: known_embedding
-- doc: one row per embedding that was made or that a cell asks for, with its encoder and dataset
-- reads: embedding, cell

create or replace view known_embedding as
select
    embedding_key,
    encoder_key,
    dataset_key
from embedding
union
-- an embedding that failed is known from the cells that asked for it
select
    embedding_key,
    encoder_key,
    dataset_key
from cell;
