-- name: encoder_name
-- doc: one row per name, meaning of it and time when this became the declaration of the name
-- key: name, declared_at, meaning
-- refers:
--   encoder_key encoder

create table encoder_name (
    name varchar not null,
    encoder_key varchar not null,
    declared_at timestamptz not null,
    meaning varchar not null,
    dataset varchar,
    title varchar not null,
    doc varchar,
    tags varchar[] not null,
    backbone varchar,
    family varchar not null,
    objective varchar,
    pretrained_on varchar,
    fine_tuned boolean not null,
    licence varchar,
    loader json not null,
    primary key (name, declared_at, meaning),
    check (family in ('supervised', 'ssl', 'none', 'random', 'multimodal', 'unknown'))
);

comment on table encoder_name is 'One row per name, meaning of it and time when this became the declaration of the name.';
comment on column encoder_name.name is
    'name in the catalog or in a grid file';
comment on column encoder_name.encoder_key is
    'the encoder that the name means';
comment on column encoder_name.declared_at is
    'when an ingest or an import found this to be the newest declaration of the name';
comment on column encoder_name.meaning is
    'sha256 of the encoder, and of the dataset name for stored features: one version of the name';
comment on column encoder_name.dataset is
    'name of the dataset whose stored features these are: each has versions of its own; NULL for an encoder that is run';
comment on column encoder_name.title is
    'name for figures';
comment on column encoder_name.doc is
    'one line for people; NULL without';
comment on column encoder_name.tags is
    'selectors: @tag in a grid means every entry that has it';
comment on column encoder_name.backbone is
    'architecture, such as ResNet-50';
comment on column encoder_name.family is
    'supervised, ssl, none (pixels), random, multimodal or unknown';
comment on column encoder_name.objective is
    'training objective, such as DINO';
comment on column encoder_name.pretrained_on is
    'training data of the weights';
comment on column encoder_name.fine_tuned is
    'whether the weights were fine-tuned with labels';
comment on column encoder_name.licence is
    'licence of the weights; NULL where none was declared';
comment on column encoder_name.loader is
    'loader as declared: kind and parameters';
