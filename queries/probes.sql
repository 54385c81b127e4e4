-- name: probes
-- doc: one row per encoder, dataset, method and parameters of a probe, its scores side by side
-- params:
--   $method text(knn, linear) = null    only this method: knn or linear
--   $k integer = null                   only kNN probes with this many neighbours
--   $applicable boolean = null          only probes that have an accuracy (true), or only those that have none (false)
--   $grid grid = null                   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null             only this dataset
--   $domain_group domain_group = null   only datasets of this group
--   $encoder encoder = null             only this encoder
--   $encoders encoder[] = null          only these encoders
--   $backbone backbone = null           only encoders of this backbone
-- columns:
--   dataset text              name of the dataset that was judged
--   domain_group text         group of the dataset; NULL where it has none
--   train text                name of the dataset that supplies the references
--   level text                label level that was predicted
--   encoder text              name of the encoder
--   family text               family of the encoder
--   backbone text             architecture; NULL where none was declared
--   method text               knn or linear
--   k integer                 neighbours that vote; NULL for other methods
--   params text               all parameters, as JSON
--   accuracy double           share of samples predicted rightly (0 to 1); NULL where not applicable
--   top5 double               share whose class is among the five best (0 to 1); kNN alone
--   balanced_accuracy double  mean over classes of the share predicted rightly (0 to 1); linear alone
--   f1_micro double           F1 over all samples (0 to 1); linear alone
--   f1_macro double           mean F1 of the classes (0 to 1); linear alone
--   f1_weighted double        the same weighted by class size (0 to 1); linear alone
--   cross_entropy double      mean cross-entropy (at least 0), in nats; linear alone
--   learning_rate double      learning rate of the head that was chosen; linear alone
--   wall_s double             wall time of the task that made all rows of the probe, in seconds; not to be summed
--   reason text               why it has no accuracy
--   probe_key text            key of the probe
-- reads: named_cell, probe, probe_score, known_embedding

with named as (
    select distinct
        dataset,
        domain_group,
        level,
        encoder,
        family,
        backbone,
        embedding_key,
        label_key,
        train,
        train_dataset_key,
        train_label_key
    from named_cell
    where
        is_shown(
            grid, is_current, $grid, list_concat([$dataset, $encoder], cast($encoders as varchar[]))
        )
        and ($dataset is null or dataset = $dataset)
        and ($domain_group is null or domain_group = $domain_group)
        and ($encoder is null or encoder = $encoder)
        and is_any_of(encoder, $encoders)
        and ($backbone is null or backbone = $backbone)
),

scores as (
    select
        probe_key,
        max(value) filter (where metric = 'accuracy') as accuracy,
        max(value) filter (where metric = 'top5') as top5,
        max(value) filter (where metric = 'balanced_accuracy') as balanced_accuracy,
        max(value) filter (where metric = 'f1_micro') as f1_micro,
        max(value) filter (where metric = 'f1_macro') as f1_macro,
        max(value) filter (where metric = 'f1_weighted') as f1_weighted,
        max(value) filter (where metric = 'cross_entropy') as cross_entropy,
        max(value) filter (where metric = 'learning_rate') as learning_rate,
        max(reason) filter (where metric = 'accuracy') as reason
    from probe_score
    group by probe_key
),

final as (
    select
        named.dataset,
        named.domain_group,
        named.train,
        named.level,
        named.encoder,
        named.family,
        named.backbone,
        probe.method,
        cast(probe.params ->> '$.k' as integer) as k,
        cast(probe.params as varchar) as params,
        scores.accuracy,
        scores.top5,
        scores.balanced_accuracy,
        scores.f1_micro,
        scores.f1_macro,
        scores.f1_weighted,
        scores.cross_entropy,
        scores.learning_rate,
        probe.wall_s,
        scores.reason,
        probe.probe_key
    from named
    inner join probe
        on
            named.embedding_key = probe.test_embedding_key
            and named.label_key = probe.label_key
            -- of the references that the name wants now
            and named.train_label_key is not distinct from probe.train_label_key
    left join known_embedding as train on probe.train_embedding_key = train.embedding_key
    left join scores on probe.probe_key = scores.probe_key
    where
        -- references that were never embedded are known by their labels alone
        coalesce(train.dataset_key, named.train_dataset_key) = named.train_dataset_key
        and ($method is null or probe.method = $method)
        and ($applicable is null or (scores.accuracy is not null) = $applicable)
        and ($k is null or cast(probe.params ->> '$.k' as integer) = $k)
)

select
    dataset,
    domain_group,
    train,
    level,
    encoder,
    family,
    backbone,
    method,
    k,
    params,
    accuracy,
    top5,
    balanced_accuracy,
    f1_micro,
    f1_macro,
    f1_weighted,
    cross_entropy,
    learning_rate,
    wall_s,
    reason,
    probe_key
from final
order by dataset, method, k nulls first, accuracy desc nulls last, encoder, params, probe_key;
