-- name: probe_points
-- doc: one row per encoder, dataset, clusterer (and reducer in a cross product) and kNN probe, with its AMI and its kNN accuracy
-- params:
--   $min_points integer = 4             fewest points that a correlation is computed of
--   $k integer = 20                     only this number of neighbours; NULL: all
--   $grid grid = null                   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $datasets dataset[] = null          only these datasets
--   $domain_group domain_group = null   only datasets of this group
--   $encoders encoder[] = null          only these encoders
--   $families text(supervised, ssl, none, random, multimodal, unknown)[] = ['supervised', 'ssl', 'unknown']  only encoders of these families; raw pixels are of none, untrained encoders of random
--   $backbone backbone = null           only encoders of this backbone
--   $fine_tuned text(with, without, only) = 'without'  with: encoders that were fine-tuned with labels too; without: none of them; only: them alone
--   $reducers reducer[] = null          only these reducers
--   $clusterers clusterer[] = null      only these clusterers
--   $seeds seed[] = null                only these seeds
-- columns:
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   k integer                 neighbours that vote
--   temperature double        temperature of the votes
--   encoder text              name of the encoder
--   family text               family of the encoder
--   backbone text             architecture; NULL where none was declared
--   dataset text              name of the dataset
--   domain_group text         group of the dataset; NULL where it has none
--   reducer text              name of the reducer
--   accuracy double           accuracy of the kNN probe (0 to 1)
--   ami double                median AMI of the runs (at most 1)
--   n_runs bigint             runs behind the median
--   rho double                Spearman correlation over all points of this clusterer and probe (-1 to 1); NULL where a side is constant or there are fewer than $min_points
--   n_points bigint           points of this clusterer and probe
-- reads: compared_cell, knn_accuracy

with points as (
    select
        cells.clusterer,
        knn.k,
        knn.temperature,
        cells.encoder,
        cells.family,
        cells.backbone,
        cells.dataset,
        cells.domain_group,
        any_value(cells.reducer) as reducer,
        median(knn.accuracy) as accuracy,
        median(cells.ami) as ami,
        cast(sum(cells.n_runs) as bigint) as n_runs
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    ) as cells
    inner join knn_accuracy as knn
        using (embedding_key, label_key, train_dataset_key, train_label_key)
    where
        cells.is_asked
        and cells.ami is not null
        and ($k is null or knn.k = $k)
    group by
        cells.clusterer,
        knn.k,
        knn.temperature,
        cells.encoder,
        cells.family,
        cells.backbone,
        cells.dataset,
        cells.domain_group,
        cells.recipe
),

ranked as (
    select
        *,
        average_rank((clusterer, k, temperature), accuracy) as x,
        average_rank((clusterer, k, temperature), ami) as y
    from points
),

correlations as (
    select
        clusterer,
        k,
        temperature,
        case
            when count(*) >= $min_points and stddev_pop(x) > 0 and stddev_pop(y) > 0
                then corr(x, y)
        end as rho,
        count(*) as n_points
    from ranked
    group by clusterer, k, temperature
),

final as (
    select
        points.*,
        correlations.rho,
        correlations.n_points
    from points
    inner join correlations
        on
            points.clusterer = correlations.clusterer
            and points.k = correlations.k
            and points.temperature is not distinct from correlations.temperature
)

select
    clusterer,
    k,
    temperature,
    encoder,
    family,
    backbone,
    dataset,
    domain_group,
    reducer,
    accuracy,
    ami,
    n_runs,
    rho,
    n_points
from final
order by clusterer, k, temperature, dataset, encoder, reducer;
