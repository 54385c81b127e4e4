-- name: search_winners
-- doc: one row per encoder and slot, with the reducer and the clusterer that a search selects by mean AMI; a candidate has to be scored on all datasets and seeds of the encoder and slot
-- params:
--   $grid grid = null                                only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $recipe text = 'search'                          name of the recipe that the winners make
--   $rules text(study, unrounded, best) = 'study'    best: the highest mean wins; unrounded: with the study's preferences and exclusions; study: rounded as the study does, too
--   $datasets dataset[] = null                       only these datasets
--   $twice dataset[] = ['imagenet_validation']       datasets that count twice in means
--   $relative text[] = ['ac-unknown']                slots whose clusterers are compared by AMI relative to the best of each dataset
--   $encoders encoder[] = null                       only these encoders
--   $slots text[] = null                             only these slots, such as kmeans
-- columns:
--   recipe text            name of the recipe, as $recipe has it
--   encoder text           name of the encoder
--   slot text              place of the clusterer in the recipe
--   reducer text           name of the reducer that is selected; NULL without a complete candidate
--   clusterer text         name of the clusterer that is selected; NULL without a complete candidate
--   ami double             weighted mean AMI of the winner over the datasets
--   relative_ami double    weighted mean of its AMI relative to the best of each dataset; NULL for other slots than those of $relative
--   best_ami double        highest weighted mean AMI of a complete candidate that is not excluded
--   n_datasets bigint      datasets declared for the encoder and slot, over which means are taken
--   n_complete bigint      candidates (reducer, clusterer) scored on all of them, for all seeds
--   n_candidates bigint    candidates declared
--   n_excluded bigint      complete candidates that the rules exclude
-- reads: judged_cell, reducer, clusterer

-- A candidate is a reducer with a clusterer. It is complete when it has an AMI on every dataset
-- and for every seed that any candidate of the encoder and slot was declared with; others cannot
-- win. Seeds count by their median, datasets by their weighted mean, rounded to 12 digits.
--
-- 1. The best clusterer of each reducer: the highest mean; in the slots of $relative the highest
--    mean of AMI / best AMI of the dataset, without datasets whose best is not above 0.
--    Ties: the clusterer with the name of the slot, then the first by name.
-- 2. The best reducer among those: PCA to a number of dimensions where it is better than UMAP,
--    else UMAP; any other reducer where it is better than both by 0.001 or more.
--    Ties: the fewest dimensions, then the first by name.
-- 3. Excluded from both: the cosine metric in a UMAP space, arccos for HDBSCAN.
-- 4. Rounded: UMAP to 50 dimensions, where it is complete, stands for UMAP to any number; PCA
--    that keeps more than 95 % of the variance is excluded.
--
-- rules = unrounded leaves out 4, rules = best 2 to 4: the highest mean wins.

-- declared cells with labels; AMI is NULL where a cell has none
with cells as (
    select
        judged_cell.encoder,
        judged_cell.slot,
        judged_cell.dataset,
        judged_cell.seed,
        judged_cell.reducer,
        judged_cell.clusterer,
        judged_cell.ami,
        case
            when list_contains(cast($twice as varchar[]), judged_cell.dataset) then 2
            else 1
        end as weight,
        case
            when judged_cell.reducer_kind = 'umap' then 'umap'
            when
                judged_cell.reducer_kind = 'pca'
                and (reducer.params ->> '$.n_components') is not null
                then 'pca'
            else 'other'
        end as family,
        try_cast(reducer.params ->> '$.n_components' as integer) as n_components,
        $rules <> 'best'
        and (
            -- the origin of a UMAP space means nothing
            (
                judged_cell.reducer_kind = 'umap'
                and (clusterer.params ->> '$.metric') = 'cosine'
            )
            or (
                judged_cell.clusterer_kind = 'hdbscan'
                and (clusterer.params ->> '$.metric') = 'arccos'
            )
            or (
                $rules = 'study'
                and judged_cell.reducer_kind = 'pca'
                and try_cast(reducer.params ->> '$.variance' as double) > 0.95
            )
        ) as is_excluded
    from judged_cell
    inner join reducer on judged_cell.reducer_key = reducer.reducer_key
    inner join clusterer on judged_cell.clusterer_key = clusterer.clusterer_key
    where
        judged_cell.label_key is not null
        and is_shown(
            judged_cell.grid,
            judged_cell.is_current,
            $grid,
            list_concat(cast($datasets as varchar[]), cast($encoders as varchar[]))
        )
        and is_any_of(judged_cell.dataset, $datasets)
        and is_any_of(judged_cell.encoder, $encoders)
        and is_any_of(judged_cell.slot, $slots)
),

-- all that a candidate has to be scored on
wholes as (
    select
        encoder,
        slot,
        count(distinct (dataset, seed)) as n_cells,
        count(distinct dataset) as n_datasets,
        count(distinct (reducer, clusterer)) as n_candidates
    from cells
    group by encoder, slot
),

complete as (
    select
        cells.encoder,
        cells.slot,
        cells.reducer,
        cells.clusterer,
        any_value(cells.family) as family,
        any_value(cells.n_components) as n_components,
        bool_or(coalesce(cells.is_excluded, false)) as is_excluded
    from cells
    inner join wholes on cells.encoder = wholes.encoder and cells.slot = wholes.slot
    group by cells.encoder, cells.slot, cells.reducer, cells.clusterer
    having
        count(distinct (cells.dataset, cells.seed)) filter (where cells.ami is not null)
        = any_value(wholes.n_cells)
),

-- several seeds count by their median
medians as (
    select
        complete.*,
        cells.dataset,
        any_value(cells.weight) as weight,
        median(cells.ami) as ami
    from complete
    inner join cells
        on
            complete.encoder = cells.encoder
            and complete.slot = cells.slot
            and complete.reducer = cells.reducer
            and complete.clusterer = cells.clusterer
    where not complete.is_excluded
    group by all
),

relative as (
    select
        *,
        -- a dataset on which nothing is better than chance compares nothing
        case
            when list_contains(cast($relative as varchar[]), slot)
                then ami / nullif(greatest(
                    max(ami) over (partition by encoder, slot, reducer, dataset), 0
                ), 0)
        end as share
    from medians
),

-- rounded, since the order of a sum changes its last digits, and ties are decided below
means as (
    select
        encoder,
        slot,
        reducer,
        clusterer,
        family,
        n_components,
        round(sum(weight * ami) / sum(weight), 12) as ami,
        round(
            sum(weight * share) / sum(weight) filter (where share is not null), 12
        ) as relative_ami
    from relative
    group by all
),

-- the best clusterer for each reducer; of ties the usual one, which bears the slot's name
lines as (
    select
        *,
        max(ami) over (partition by encoder, slot) as best_ami
    from means
    qualify row_number() over (
        partition by encoder, slot, reducer
        order by
            coalesce(relative_ami, ami) desc,
            clusterer = slot desc,
            clusterer
    ) = 1
),

-- the best reducer of each family; of ties the one with the fewest dimensions
families as (
    select
        *,
        row_number() over (
            partition by encoder, slot, family
            order by ami desc, n_components nulls last, reducer
        ) as place,
        row_number() over (
            partition by encoder, slot
            order by ami desc, n_components nulls last, reducer
        ) as place_of_all
    from lines
),

-- PCA to a number of dimensions has to be better than UMAP, anything else better than
-- both by 0.001
bases as (
    select
        encoder,
        slot,
        max(ami) filter (where family = 'pca') as pca,
        max(ami) filter (where family = 'umap') as umap,
        max(ami) filter (where family = 'other') as other
    from families
    where place = 1
    group by encoder, slot
),

chosen as (
    select
        encoder,
        slot,
        case
            when umap is null and pca is null then 'other'
            when round(other - greatest(coalesce(umap, pca), coalesce(pca, umap)), 12) >= 0.001
                then 'other'
            when umap is null or pca > umap then 'pca'
            else 'umap'
        end as family
    from bases
),

winners as (
    select families.*
    from families
    inner join chosen on families.encoder = chosen.encoder and families.slot = chosen.slot
    where
        case
            when $rules = 'best' then families.place_of_all = 1
            else families.family = chosen.family
        end
    -- scores of UMAP are flat over the dimensions: 50 stand for all
    qualify row_number() over (
        partition by families.encoder, families.slot
        order by
            $rules = 'study'
            and families.family = 'umap'
            and families.n_components = 50 desc,
            families.place
    ) = 1
),

counted as (
    select
        encoder,
        slot,
        count(*) as n_complete,
        count(*) filter (where is_excluded) as n_excluded
    from complete
    group by encoder, slot
)

select
    $recipe as recipe,
    wholes.encoder,
    wholes.slot,
    winners.reducer,
    winners.clusterer,
    winners.ami,
    winners.relative_ami,
    winners.best_ami,
    wholes.n_datasets,
    coalesce(counted.n_complete, 0) as n_complete,
    wholes.n_candidates,
    coalesce(counted.n_excluded, 0) as n_excluded
from wholes
left join counted on wholes.encoder = counted.encoder and wholes.slot = counted.slot
left join winners on wholes.encoder = winners.encoder and wholes.slot = winners.slot
order by wholes.encoder, wholes.slot;
