-- name: selector_regret
-- doc: one row per selector (the mean over datasets) and per selector and labelled dataset, with the AMI that is lost by taking the recipe it puts first, and how its order agrees with the AMI
-- params:
--   $per_dataset boolean = true    rows of the datasets, too; false: the means alone
--   $datasets dataset[] = null     only these datasets
--   $grid grid = null              only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $samples integer = 1000        samples of a dataset on which assignments are compared
--   $resamples integer = 2000      resamples of the datasets
--   $confidence double = 0.95      share of intervals that hold the true mean
-- columns:
--   selector text            combination, silhouette_umap, silhouette_original, silhouette (as reduced), consensus, stability: without labels, as in the query recommendations; average_recipe: what is best on the other datasets; supervised: any recipe of a supervised encoder; random: any recipe
--   is_overall boolean       whether the row is the mean over the datasets
--   dataset text             name of the dataset; NULL for the mean
--   chosen text              the recipe that it puts first, all of them where several tie; NULL for the mean, and where it is any of many
--   best text                the recipe with the highest AMI; NULL for the mean
--   chosen_ami double        AMI of the chosen one, the mean of those that tie (at most 1)
--   best_ami double          highest AMI
--   regret double            best_ami - chosen_ami (at least 0)
--   low double               lower end of the interval of the mean regret; NULL with fewer than two datasets
--   high double              upper end of it
--   spearman double          rank correlation of selector and AMI over the recipes (-1 to 1); NULL where a side is constant
--   expected_loss double     regret that the combination was expected to have, from the other datasets alone
--   loss_low double          lower end of the interval that was expected to hold it
--   loss_high double         upper end of it
--   covered double           whether it does (0 or 1), or the share of datasets where it does
--   verdict text             what recommend says of the dataset, from the others alone; the counts for the mean
--   n_recipes bigint         recipes that have both, summed for the mean
--   n_datasets bigint        datasets that count
-- reads: judged_cell, assignment
-- then: judge

with recipes as (
    select *
    from measured_recipe($grid, $datasets, $samples)
    where (is_current or list_contains($datasets, dataset)) and is_any_of(dataset, $datasets)
),

datasets as (
    select dataset
    from recipes
    group by dataset
    having count(ami) > 1
),

labelled as (
    select list(recipes order by dataset, encoder, reducer, clusterer) as labelled
    from recipes
    semi join datasets using (dataset)
),

selectors as (
    select
        unnest([
            'combination', 'silhouette_umap', 'silhouette_original', 'silhouette',
            'consensus', 'stability', 'average_recipe', 'supervised', 'random'
        ]) as selector,
        generate_subscripts([
            'combination', 'silhouette_umap', 'silhouette_original', 'silhouette',
            'consensus', 'stability', 'average_recipe', 'supervised', 'random'
        ], 1) as place
),

final as (
    select
        selector,
        place,
        true as is_overall,
        null as dataset,
        -- once, not in every row
        case when place = 1 then labelled end as labelled
    from selectors
    cross join labelled
    where exists (select 1 from datasets)
    union all by name
    select
        selector,
        place,
        false as is_overall,
        dataset
    from selectors
    cross join datasets
    where $per_dataset
)

select
    selector,
    is_overall,
    dataset,
    labelled
from final
order by place, is_overall desc, dataset;
