-- name: encoder
-- doc: one row per declared encoder
-- key: encoder_key

create table encoder (
    encoder_key varchar not null,
    name varchar not null,
    backbone varchar,
    family varchar not null,
    objective varchar,
    pretrained_on varchar,
    fine_tuned boolean not null,
    feature varchar,
    image_size integer,
    loader json not null,
    tags varchar[] not null,
    primary key (encoder_key),
    check (family in ('supervised', 'ssl', 'none', 'random', 'multimodal', 'unknown'))
);

comment on table encoder is 'One row per declared encoder.';
comment on column encoder.encoder_key is
    'sha256 of the declared identity: loader, feature, image size, preprocessing';
comment on column encoder.name is
    'name in the catalog; one name means one encoder in a warehouse';
comment on column encoder.backbone is
    'architecture, such as ResNet-50';
comment on column encoder.family is
    'supervised, ssl, none (pixels), random, multimodal or unknown';
comment on column encoder.objective is
    'training objective, such as DINO';
comment on column encoder.pretrained_on is
    'training data of the weights';
comment on column encoder.fine_tuned is
    'whether the weights were fine-tuned with labels';
comment on column encoder.feature is
    'what is taken as the feature: cls, gap, pixels, ...';
comment on column encoder.image_size is
    'side of the square input, in pixels; NULL for stored embeddings';
comment on column encoder.loader is
    'declared loader: kind and parameters';
comment on column encoder.tags is
    'tags of the catalog entry';
