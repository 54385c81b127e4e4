-- name: score_in_range
-- doc: a score lies in the range of its metric
-- reads: score, array_score, probe_score

with metric_range (metric, low, high) as (
    values
        ('ami', null, 1),
        ('ami_true', null, 1),
        ('nmi', 0, 1),
        ('ari', -0.5, 1),
        ('homogeneity', 0, 1),
        ('completeness', 0, 1),
        ('fowlkes_mallows', 0, 1),
        ('clustering_accuracy', 0, 1),
        ('silhouette', -1, 1),
        ('silhouette_cosine', -1, 1),
        ('silhouette_manhattan', -1, 1),
        ('silhouette_sampled', -1, 1),
        ('silhouette_sampled_low', -1, 1),
        ('silhouette_sampled_high', -1, 1),
        ('calinski_harabasz', 0, null),
        ('davies_bouldin', 0, null),
        ('accuracy', 0, 1),
        ('top5', 0, 1),
        ('balanced_accuracy', 0, 1),
        ('f1_micro', 0, 1),
        ('f1_macro', 0, 1),
        ('f1_weighted', 0, 1),
        ('cross_entropy', 0, null),
        ('learning_rate', 0, null)
),

scored as (
    select
        'score' as kept_in,
        run_key as key,
        metric,
        value
    from score
    union all
    select
        'array_score' as kept_in,
        array_key as key,
        metric,
        value
    from array_score
    union all
    select
        'probe_score' as kept_in,
        probe_key as key,
        metric,
        value
    from probe_score
)

select
    scored.kept_in,
    scored.key,
    scored.metric,
    scored.value
from scored
inner join metric_range using (metric)
where
    -- rounding of long sums
    scored.value < metric_range.low - 1e-9
    or scored.value > metric_range.high + 1e-9
