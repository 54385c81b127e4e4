-- name: recommendations
-- doc: one row per dataset and recipe (encoder, reducer, clusterer), the most promising first, chosen without its labels, with the AMI that is likely lost against the best one
-- params:
--   $datasets dataset[] = null   only these datasets; the others still calibrate
--   $grid grid = null            only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $samples integer = 1000      samples of a dataset on which assignments are compared
-- columns:
--   dataset text              name of the dataset
--   rank bigint               rank of the recipe by combination, 1 is the first
--   encoder text              name of the encoder
--   reducer text              name of the reducer
--   clusterer text            name of the clusterer
--   verdict text              trust, weak or do not trust: how far its rank can be relied on
--   expected_loss double      AMI that it loses against the best recipe (0 to 1), the mean over recipes of like rank on labelled datasets like this one; NULL where none calibrate
--   loss_low double           lower end of the interval that holds 90 % of these losses
--   loss_high double          upper end of it
--   combination double        silhouette times consensus, where one is negative the lesser, where one is missing the other; NULL where a flaw forbids the recipe
--   silhouette double         mean silhouette in UMAP space, where the dataset has none in that of the embedding, or as reduced
--   consensus double          mean AMI with the assignments of the other recipes of the dataset; NULL without an assignment
--   stability double          mean AMI between the assignments of its seeds, three at most; NULL with one
--   n_clusters bigint         median number of clusters over seeds
--   largest_share double      share of the samples in its largest cluster
--   noise_fraction double     share of the samples that are noise
--   flaw text                 why its cluster sizes forbid it; NULL where they do not
--   ami double                AMI where there are labels, which nothing above has seen
--   agreement double          rank correlation of silhouette and consensus over the recipes of the dataset (-1 to 1)
--   dataset_verdict text      verdict of the dataset as a whole
--   reason text               what the verdict rests on
--   n_seeds bigint            seeds of the recipe that have a result
--   n_labelled bigint         labelled datasets, other images than these, that calibrate
-- reads: judged_cell, assignment
-- then: recommend

with recipes as (
    select *
    from measured_recipe($grid, $datasets, $samples)
),

labelled as (
    select list(recipes order by dataset, encoder, reducer, clusterer) as labelled
    from recipes
    where
        is_current
        and dataset in (
            select dataset from recipes
            group by dataset
            having count(ami) > 1
        )
),

asked as (
    select
        recipes as recipe,
        row_number() over (order by dataset, encoder, reducer, clusterer) as place
    from recipes
    where is_any_of(dataset, $datasets)
)

select
    recipe,
    -- once, not in every row
    case when place = 1 then labelled end as labelled
from asked
cross join labelled
order by place;
