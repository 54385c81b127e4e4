-- name: unreadable
-- doc: one row per dataset, sample that could not be read and reason, with the encoders that miss it
-- params:
--   $grid grid = null         only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null   only this dataset
--   $encoder encoder = null   only this encoder
-- columns:
--   dataset text              name of the dataset
--   sample_index integer      position of the sample in the dataset, from 0
--   sample_id text            path inside the dataset, or another name; NULL where samples have no names
--   reason text               what is wrong with its file
--   n_encoders bigint         encoders that have an embedding without the sample
--   n_encoders_total bigint   encoders that have an embedding of the dataset
-- reads: named_cell, probe, embedding, dataset_fact, listing, unreadable_sample

with named as (
    select distinct
        encoder,
        dataset,
        dataset_meaning,
        embedding_key,
        label_key,
        train,
        train_meaning,
        train_label_key
    from named_cell
    where
        is_shown(grid, is_current, $grid, [$dataset, $encoder])
),

used as (
    select
        encoder,
        dataset,
        dataset_meaning as meaning,
        embedding_key
    from named
    union
    -- what supplied the references of a probe
    select
        named.encoder,
        named.train,
        named.train_meaning,
        probe.train_embedding_key
    from named
    inner join probe
        on
            named.embedding_key = probe.test_embedding_key
            and named.label_key = probe.label_key
            and named.train_label_key = probe.train_label_key
),

embeddings as (
    select
        used.encoder,
        used.dataset,
        used.embedding_key,
        fact.listing_key
    from used
    inner join embedding using (embedding_key)
    inner join dataset_fact as fact
        on split_part(used.dataset, '@', 1) = fact.name and used.meaning = fact.meaning
    where
        ($dataset is null or used.dataset = $dataset)
        and ($encoder is null or used.encoder = $encoder)
),

totals as (
    select
        dataset,
        count(distinct encoder) as n_encoders_total
    from embeddings
    group by dataset
),

missed as (
    select
        embeddings.dataset,
        embeddings.listing_key,
        unreadable_sample.sample_index,
        unreadable_sample.reason,
        count(distinct embeddings.encoder) as n_encoders
    from unreadable_sample
    inner join embeddings using (embedding_key)
    group by all
),

final as (
    select
        missed.*,
        listing.sample_ids[missed.sample_index + 1] as sample_id,
        totals.n_encoders_total
    from missed
    inner join totals using (dataset)
    left join listing using (listing_key)
)

select
    dataset,
    sample_index,
    sample_id,
    reason,
    n_encoders,
    n_encoders_total
from final
order by dataset, sample_index, reason;
