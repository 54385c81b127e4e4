-- name: reducer_effects
-- doc: one row per reducer (and clusterer, when asked for), with its AMI less that of a baseline reducer, on the same embeddings and by the same clusterers
-- params:
--   $base_reducer reducer = 'none'                   compare all reducers with this one; no filter of reducers leaves it out
--   $per_clusterer boolean = false                   whether each clusterer has a row of its own
--   $resamples integer = 1000                        resamples of the datasets behind an interval, from 1 to 100,000
--   $confidence double = 0.95                        share of such intervals that hold the true value, from 0.5 to 0.9999
--   $grid grid = null                                only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $datasets dataset[] = null                       only these datasets
--   $domain_group domain_group = null                only datasets of this group
--   $encoders encoder[] = null                       only these encoders
--   $families text(supervised, ssl, none, random, multimodal, unknown)[] = null  only encoders of these families; raw pixels are of none, untrained encoders of random
--   $backbone backbone = null                        only encoders of this backbone
--   $fine_tuned text(with, without, only) = 'with'   with: encoders that were fine-tuned with labels too; without: none of them; only: them alone
--   $reducers reducer[] = null                       only these reducers
--   $clusterers clusterer[] = null                   only these clusterers
--   $seeds seed[] = null                             only these seeds
-- columns:
--   reducer text               name of the reducer
--   clusterer text             name of the clusterer; NULL for all
--   base_reducer text          name of the baseline reducer
--   delta_pp double            mean difference over the pairs, in percentage points
--   sd_pp double               population standard deviation over the pairs, in percentage points
--   se_pp double               standard error of the mean: sd_pp / sqrt(n_pairs)
--   low double                 lower end of the interval of the mean difference, over resamples of the datasets; NULL with fewer than two
--   high double                upper end of that interval
--   n_better bigint            pairs in which the reducer has the higher AMI
--   n_pairs bigint             pairs (encoder, dataset, clusterer) in which both have an AMI
--   n_pairs_total bigint       pairs declared for both
--   n_datasets bigint          datasets of the pairs that count
--   n_runs bigint              scored runs of the reducer behind the pairs (seeds of one pair are reduced by their median)
-- reads: compared_cell
-- then: intervals

-- only a cross product clusters one embedding by one clusterer after several reducers
with medians as (
    select
        encoder,
        dataset,
        clusterer,
        reducer,
        median(ami) as ami,
        coalesce(cast(sum(n_runs) filter (where ami is not null) as bigint), 0) as n_runs
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        null, $clusterers, $seeds
    )
    where is_asked and recipe <> ''
    group by encoder, dataset, clusterer, reducer
),

pairs as (
    select
        medians.reducer,
        case when $per_clusterer then medians.clusterer end as clusterer,
        medians.dataset,
        100 * (medians.ami - base.ami) as difference,
        medians.n_runs
    from medians
    inner join medians as base
        on
            base.reducer = $base_reducer
            and medians.reducer <> base.reducer
            and medians.encoder = base.encoder
            and medians.dataset = base.dataset
            and medians.clusterer = base.clusterer
    where is_any_of(medians.reducer, $reducers)
),

final as (
    select
        reducer,
        clusterer,
        avg(difference) as delta_pp,
        stddev_pop(difference) as sd_pp,
        stddev_pop(difference) / sqrt(count(difference)) as se_pp,
        list(difference order by dataset) filter (where difference is not null) as parts,
        list(dataset order by dataset) filter (where difference is not null) as datasets,
        count(*) filter (where difference > 0) as n_better,
        count(difference) as n_pairs,
        count(*) as n_pairs_total,
        count(distinct dataset) filter (where difference is not null) as n_datasets,
        coalesce(
            cast(sum(n_runs) filter (where difference is not null) as bigint), 0
        ) as n_runs
    from pairs
    group by reducer, clusterer
)

select
    reducer,
    clusterer,
    $base_reducer as base_reducer,
    delta_pp,
    sd_pp,
    se_pp,
    parts,
    datasets,
    n_better,
    n_pairs,
    n_pairs_total,
    n_datasets,
    n_runs
from final
order by clusterer nulls first, delta_pp desc nulls last, reducer;
