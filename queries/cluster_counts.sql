-- name: cluster_counts
-- doc: one row per dataset, encoder and clusterer (and reducer in a cross product) that estimates the number of clusters, with what it found beside the number of classes
-- params:
--   $tolerance double = 0.005                        log ratios that differ by this much at most count as equal
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
--   dataset text                name of the dataset
--   domain_group text           group of the dataset; NULL where it has none
--   clusterer text              name of the clusterer; its slot where each encoder has one recipe per slot
--   reducer text                name of the reducer in a cross product; NULL otherwise
--   encoder text                name of the encoder
--   family text                 family of the encoder
--   n_classes integer           classes at the label level that counts
--   n_clusters double           median number of clusters found, noise excluded; NULL without a result
--   log_ratio double            natural logarithm of n_clusters / n_classes, 0 where it is right; NULL where no cluster was found
--   relative_error double       |log_ratio| as a share of the largest one on the dataset (0 to 1); NULL where that is 0
--   is_best boolean             whether no |log_ratio| on the dataset is smaller by more than $tolerance; NULL without a log_ratio
--   is_best_of_clusterer boolean  the same among the rows of its dataset, clusterer and reducer
--   noise_fraction double       median share of the readable samples that are noise (0 to 1)
--   ami double                  median AMI (at most 1)
--   n_runs bigint               runs behind the medians
-- reads: compared_cell, closed_run, embedding

-- A11 of the study: the ratio of medians

-- several runs of one cell count by their median, as those of several seeds do
with cells as (
    select
        cells.dataset,
        cells.domain_group,
        cells.clusterer,
        nullif(cells.recipe, '') as reducer,
        cells.encoder,
        cells.family,
        cells.n_classes,
        cells.cell_key,
        cells.ami,
        median(closed_run.n_clusters) as n_clusters,
        median(closed_run.n_noise / coalesce(embedding.n, cells.n_samples))
            as noise_fraction,
        count(closed_run.run_key) as n_runs
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    ) as cells
    left join closed_run on cells.cell_key = closed_run.cell_key
    left join embedding on cells.embedding_key = embedding.embedding_key
    where cells.is_asked and cells.k_source = 'estimated'
    group by all
),

medians as (
    select
        dataset,
        domain_group,
        clusterer,
        reducer,
        encoder,
        family,
        n_classes,
        median(n_clusters) as n_clusters,
        median(noise_fraction) as noise_fraction,
        median(ami) as ami,
        cast(sum(n_runs) as bigint) as n_runs
    from cells
    group by all
),

ratios as (
    select
        *,
        case when n_clusters > 0 then ln(n_clusters / n_classes) end as log_ratio,
        abs(log_ratio) as error
    from medians
),

-- rounded, so that a difference of the tolerance itself is within it
final as (
    select
        *,
        error / nullif(max(error) over (partition by dataset), 0) as relative_error,
        round(error - min(error) over (partition by dataset), 12) <= $tolerance as is_best,
        round(error - min(error) over (partition by dataset, clusterer, reducer), 12)
        <= $tolerance as is_best_of_clusterer
    from ratios
)

select
    dataset,
    domain_group,
    clusterer,
    reducer,
    encoder,
    family,
    n_classes,
    n_clusters,
    log_ratio,
    relative_error,
    is_best,
    is_best_of_clusterer,
    noise_fraction,
    ami,
    n_runs
from final
order by dataset, clusterer, reducer, error nulls last, encoder;
