-- name: 0001_parameter_count
-- doc: embeddings tell the parameters of the network that made them

alter table embedding add column n_parameters bigint;

comment on column embedding.n_parameters is
    'parameters of the network as it was run, without a head that was dropped; NULL for encoders without a network';
