-- name: sample
-- doc: one row per dataset name, as it is meant now, and sample, with its class at the target level
-- reads: name_version, dataset_fact, dataset, listing, label_level, label

create or replace view sample as
select
    name_version.name as dataset,
    dataset.dataset_key,
    unnest(range(dataset.n_samples)) as sample_index,
    unnest(listing.sample_ids) as sample_id,
    unnest(dataset.sample_sha256) as sha256,
    label.class_names[unnest(label.class_index) + 1] as class
from name_version
inner join dataset_fact using (name, meaning)
inner join dataset using (dataset_key)
left join listing using (listing_key)
left join label_level
    on dataset_fact.labelling_key = label_level.labelling_key and label_level.is_target
left join label using (label_key)
where name_version.kind = 'dataset' and name_version.is_current;
