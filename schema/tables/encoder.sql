-- name: encoder
-- doc: one row per encoder, known by what decides its features
-- key: encoder_key
-- refers:

create table encoder (
    encoder_key varchar not null,
    feature varchar,
    image_size integer,
    loader json not null,
    primary key (encoder_key)
);

comment on table encoder is 'One row per encoder, known by what decides its features.';
comment on column encoder.encoder_key is
    'sha256 of loader, feature, image size and preprocessing; of stored features, of their content';
comment on column encoder.feature is
    'what is taken as the feature: cls, pooled, pixels, ...';
comment on column encoder.image_size is
    'side of the square input, in pixels; NULL for stored features';
comment on column encoder.loader is
    'kind and parameters of the loader, without paths';
