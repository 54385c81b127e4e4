-- name: probes
-- doc: one row per encoder, dataset, method and parameters of a probe, its scores side by side
-- params:
--   $method text = null         only this method: knn or linear
--   $k integer = null           only kNN probes with so many neighbours
--   $applicable boolean = null  only probes that have an accuracy (true), or only those that have none (false)
--   $grid text = null           only embeddings of the newest declaration of this grid
--   $dataset text = null        only this dataset
--   $domain_group text = null   only datasets of this group
--   $encoder text = null        only this encoder
--   $encoders text[] = null     only these encoders
--   $backbone text = null       only encoders of this backbone
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
-- reads: probe, probe_score, known_embedding, encoder, dataset, cell, declared_cell

with in_grid as (
    select cell.embedding_key
    from declared_cell
    inner join cell using (cell_key)
    where declared_cell.grid = $grid
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
        dataset.name as dataset,
        dataset.domain_group,
        -- references that were never embedded are known by what the dataset declares
        coalesce(train.name, dataset.train) as train,
        probe.level,
        encoder.name as encoder,
        encoder.family,
        encoder.backbone,
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
    from probe
    inner join known_embedding as tested on probe.test_embedding_key = tested.embedding_key
    inner join encoder on tested.encoder_key = encoder.encoder_key
    inner join dataset on tested.dataset_key = dataset.dataset_key
    left join known_embedding as referred on probe.train_embedding_key = referred.embedding_key
    left join dataset as train on referred.dataset_key = train.dataset_key
    left join scores on probe.probe_key = scores.probe_key
    where
        ($method is null or probe.method = $method)
        and ($applicable is null or (scores.accuracy is not null) = $applicable)
        and (
            $grid is null
            or probe.test_embedding_key in (select in_grid.embedding_key from in_grid)
        )
        and ($dataset is null or dataset.name = $dataset)
        and ($domain_group is null or dataset.domain_group = $domain_group)
        and ($encoder is null or encoder.name = $encoder)
        and (
            $encoders is null
            or list_contains(cast($encoders as varchar[]), encoder.name)
        )
        and ($backbone is null or encoder.backbone = $backbone)
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
