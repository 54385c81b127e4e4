-- name: knn_vs_ami
-- doc: one row per backbone (and one for all of them), clusterer and kNN probe, with the Spearman correlation of kNN accuracy and AMI over encoders and datasets
-- params:
--   $min_points integer = 4             fewest points that a correlation is computed of
--   $k integer = null                   only this number of neighbours
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
--   is_overall boolean        whether the row pools all backbones
--   backbone text             architecture, or all
--   clusterer text            name of the clusterer; its slot where each encoder has one recipe per slot
--   k integer                 neighbours that vote
--   temperature double        temperature of the votes
--   rho double                Spearman correlation with average ranks (-1 to 1); NULL where a side is constant or there are fewer than $min_points
--   n_points bigint           points (encoder, dataset, and reducer in a cross product) that have both results
--   n_points_total bigint     points declared for this backbone and clusterer, with labels
--   n_encoders bigint         encoders among the points
--   n_datasets bigint         datasets among the points
--   n_runs bigint             scored runs behind the points (seeds of one point are reduced by their median)
-- reads: compared_cell, knn_accuracy

-- A16 of the study, whose second version takes the fine-tuned encoders alone
with final as (
    select *
    from knn_correlation(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds, of_k := $k, min_points := $min_points
    )
)

select
    is_overall,
    pool as backbone,
    clusterer,
    k,
    temperature,
    rho,
    n_points,
    n_points_total,
    n_encoders,
    n_datasets,
    n_runs
from final
order by is_overall desc, pool, clusterer, k, temperature;
