-- name: listing
-- doc: one row per list of sample names
-- key: listing_key
-- refers:

create table listing (
    listing_key varchar not null,
    sample_ids varchar[] not null,
    primary key (listing_key)
);

comment on table listing is 'One row per list of sample names.';
comment on column listing.listing_key is
    'sha256 of the names in order';
comment on column listing.sample_ids is
    'path inside the dataset, or another name, of each sample in order';
