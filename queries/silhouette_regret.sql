-- name: silhouette_regret
-- doc: one row per space (the mean over blocks) and per space and block, with the AMI that is lost by choosing the candidate with the highest silhouette in place of the best one
-- params:
--   $choose text(encoder, clusterer, k, recipe) = 'recipe'  what is chosen: the encoder (blocks are dataset x clusterer), the clusterer (encoder x dataset), the K of a clusterer (encoder x dataset x clusterer), or encoder, reducer and clusterer together (dataset); in a cross product all but the last are chosen within each reducer
--   $space text(reduced, original, umap) = null      only this space: reduced, original or umap
--   $min_candidates integer = 2                      blocks with fewer candidates offer no choice and are left out
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
--   space text                   space of the silhouette: reduced, original or umap
--   is_overall boolean           whether the row is the mean over the blocks
--   dataset text                 name of the dataset; NULL for the mean
--   encoder text                 name of the encoder whose clusterer or K is chosen; NULL otherwise
--   clusterer text               name of the clusterer (or slot) whose encoder or K is chosen, of names that differ in K alone the first; NULL otherwise
--   reducer text                 reducer of the block in a cross product; NULL otherwise
--   chosen text                  the candidate with the highest silhouette, all of them where several have it; NULL for the mean
--   best text                    the candidate with the highest AMI, all of them where several have it; NULL for the mean
--   chosen_ami double            AMI of the chosen one, the mean of those that tie (at most 1)
--   best_ami double              highest AMI
--   mean_ami double              mean AMI of the candidates: what a choice at random gets
--   default_ami double           mean AMI of the candidates whose encoder is supervised and not fine-tuned, of a K that of the number of classes; NULL where there is none, or where the clusterer is chosen
--   regret double                best_ami - chosen_ami (at least 0)
--   mean_regret double           best_ami - mean_ami (at least 0)
--   default_regret double        best_ami - default_ami (at least 0); in the mean over the blocks that have one
--   n_candidates bigint          candidates that have an AMI and a silhouette, summed for the mean
--   n_candidates_total bigint    candidates declared in these blocks
--   n_blocks bigint              blocks that count
--   n_blocks_total bigint        blocks declared
-- reads: compared_cell

-- each score has a median of its own, over the runs that have an AMI
with medians as (
    select
        encoder,
        family = 'supervised' and not fine_tuned as is_supervised,
        dataset,
        clusterer,
        recipe,
        reducer,
        -- a clusterer is what it does, whatever its K
        case when $choose = 'k' then clusterer_key end as clusterer_key,
        case when $choose = 'k' then k end as k,
        k_source = 'labels' as is_true_k,
        median(ami) as ami,
        median(silhouette) filter (where ami is not null) as reduced,
        median(silhouette_original) filter (where ami is not null) as original,
        median(silhouette_umap) filter (where ami is not null) as umap
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds
    )
    where is_asked and ($choose <> 'k' or k is not null)
    group by all
),

candidates as (
    select
        unnest(['reduced', 'original', 'umap']) as space,
        dataset,
        case when $choose in ('clusterer', 'k') then encoder end as encoder,
        case $choose
            when 'encoder' then clusterer
            when 'k' then min(clusterer) over (
                partition by dataset, encoder, recipe, clusterer_key
            )
        end as clusterer,
        case when $choose <> 'recipe' then nullif(recipe, '') end as reducer,
        case $choose
            when 'encoder' then encoder
            when 'clusterer' then clusterer
            when 'k' then cast(k as varchar)
            when 'recipe' then concat_ws(' / ', encoder, reducer, clusterer)
        end as candidate,
        case $choose
            when 'clusterer' then false
            when 'k' then is_true_k
            else is_supervised
        end as is_default,
        ami,
        unnest([reduced, original, umap]) as silhouette
    from medians
),

judged as (
    select
        *,
        ami is not null and silhouette is not null as is_complete,
        max(silhouette) filter (where ami is not null) over in_block as top_silhouette,
        max(ami) filter (where silhouette is not null) over in_block as top_ami
    from candidates
    where $space is null or space = $space
    window in_block as (partition by space, dataset, encoder, clusterer, reducer)
),

blocks as (
    select
        space,
        dataset,
        encoder,
        clusterer,
        reducer,
        string_agg(candidate, ', ' order by candidate)
            filter (where is_complete and silhouette = top_silhouette) as chosen,
        string_agg(candidate, ', ' order by candidate)
            filter (where is_complete and ami = top_ami) as best,
        avg(ami) filter (where is_complete and silhouette = top_silhouette) as chosen_ami,
        max(ami) filter (where is_complete) as best_ami,
        avg(ami) filter (where is_complete) as mean_ami,
        avg(ami) filter (where is_complete and is_default) as default_ami,
        count(*) filter (where is_complete) as n_candidates,
        count(*) as n_candidates_total
    from judged
    group by space, dataset, encoder, clusterer, reducer
),

losses as (
    select
        *,
        -- a mean of equal numbers may differ from them in its last digit
        greatest(best_ami, chosen_ami) - chosen_ami as regret,
        greatest(best_ami, mean_ami) - mean_ami as mean_regret,
        greatest(best_ami, default_ami) - default_ami as default_regret,
        n_candidates >= $min_candidates as is_counted
    from blocks
),

overall as (
    select
        space,
        true as is_overall,
        avg(chosen_ami) filter (where is_counted) as chosen_ami,
        avg(best_ami) filter (where is_counted) as best_ami,
        avg(mean_ami) filter (where is_counted) as mean_ami,
        avg(default_ami) filter (where is_counted) as default_ami,
        avg(regret) filter (where is_counted) as regret,
        avg(mean_regret) filter (where is_counted) as mean_regret,
        avg(default_regret) filter (where is_counted) as default_regret,
        coalesce(cast(sum(n_candidates) filter (where is_counted) as bigint), 0)
            as n_candidates,
        coalesce(cast(sum(n_candidates_total) filter (where is_counted) as bigint), 0)
            as n_candidates_total,
        count(*) filter (where is_counted) as n_blocks,
        count(*) as n_blocks_total
    from losses
    group by space
),

final as (
    select * from overall
    union all by name
    select
        * exclude (is_counted),
        false as is_overall,
        1 as n_blocks,
        1 as n_blocks_total
    from losses
    where is_counted
)

select
    space,
    is_overall,
    dataset,
    encoder,
    clusterer,
    reducer,
    chosen,
    best,
    chosen_ami,
    best_ami,
    mean_ami,
    default_ami,
    regret,
    mean_regret,
    default_regret,
    n_candidates,
    n_candidates_total,
    n_blocks,
    n_blocks_total
from final
order by
    list_position(['umap', 'original', 'reduced'], space),
    is_overall desc,
    dataset,
    encoder,
    clusterer,
    reducer;
