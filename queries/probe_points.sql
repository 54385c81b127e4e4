-- name: probe_points
-- doc: one row per encoder, dataset, clusterer (and reducer in a cross product) and kNN probe, with its AMI and its kNN accuracy
-- params:
--   $min_points integer = 4             fewest points that a correlation is computed of
--   $fine_tuned text(with, without, only) = 'without'  without: no encoder that was fine-tuned with labels; with: them too; only: them alone
--   $families text(supervised, ssl, none, random, multimodal, unknown)[] = ['supervised', 'ssl', 'unknown']  only encoders of these families; the default leaves out pixels, untrained and multimodal ones
--   $k integer = 20                     only this number of neighbours; NULL: all
--   $grid grid = null                   only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset dataset = null             only this dataset
--   $domain_group domain_group = null   only datasets of this group
--   $encoders encoder[] = null          only these encoders
--   $backbone backbone = null           only encoders of this backbone
--   $reducer reducer = null             only this reducer
--   $clusterers clusterer[] = null      only these clusterers
--   $seed seed = null                   only this seed
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
    from compared_cell as cells
    inner join knn_accuracy as knn
        using (embedding_key, label_key, train_dataset_key, train_label_key)
    where
        cells.ami is not null
        and cells.grid is not distinct from $grid
        and (
            cells.is_current
            or $grid is not null
            or contains(
                concat_ws(
                    ' ', $dataset, $reducer, array_to_string(cast($encoders as varchar[]), ' '),
                    array_to_string(cast($clusterers as varchar[]), ' ')
                ),
                '@'
            )
        )
        and case $fine_tuned
            when 'without' then not cells.fine_tuned
            when 'with' then true
            when 'only' then cells.fine_tuned
        end
        and (
            $families is null
            or list_contains(cast($families as varchar[]), cells.family)
        )
        and ($k is null or knn.k = $k)
        and ($dataset is null or cells.dataset = $dataset)
        and ($domain_group is null or cells.domain_group = $domain_group)
        and (
            $encoders is null
            or list_contains(cast($encoders as varchar[]), cells.encoder)
        )
        and ($backbone is null or cells.backbone = $backbone)
        and ($reducer is null or cells.reducer = $reducer)
        and (
            $clusterers is null
            or list_contains(cast($clusterers as varchar[]), cells.clusterer)
        )
        and ($seed is null or cells.seed = $seed)
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
        rank() over (pooled order by accuracy)
        + (
            count(*) over (partition by clusterer, k, temperature, accuracy) - 1
        ) / 2.0 as x,
        rank() over (pooled order by ami)
        + (count(*) over (partition by clusterer, k, temperature, ami) - 1) / 2.0 as y
    from points
    window pooled as (partition by clusterer, k, temperature)
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
