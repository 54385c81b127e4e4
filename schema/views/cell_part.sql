-- name: cell_part
-- doc: one row per cell and embedding that its own one was put together of
-- reads: cell, encoder, embedding

create or replace view cell_part as
with part as (
    select
        encoder_key,
        unnest(from_json(loader -> 'parts', '["VARCHAR"]')) as part_key
    from encoder
    where loader ->> 'kind' = 'concat'
)

select
    cell.cell_key,
    embedding.embedding_key,
    embedding.encoder_key
from cell
inner join part using (encoder_key)
inner join embedding
    on
        part.part_key = embedding.encoder_key
        and cell.dataset_key = embedding.dataset_key;
