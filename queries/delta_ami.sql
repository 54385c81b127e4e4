-- name: delta_ami
-- doc: one row per scope (all datasets, then each group of datasets) and encoder, with its AMI less that of its baseline encoder
-- params:
--   $baseline encoder = null                         compare all encoders with this one; no filter of encoders leaves a baseline out; NULL: each with the supervised encoder of its backbone that was not fine-tuned, as the study does; where there is none, with the first one there is (by name) that is supervised, else raw pixels, else untrained
--   $block text(auto, reducer, recipe, best) = 'auto'  reducer: compare encoders within each clusterer and reducer; recipe: within each clusterer, whatever the reducers; best: likewise, each by its best reducer; auto: reducer where a clusterer was declared with several reducers on one embedding, else recipe
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
--   is_overall boolean         whether the scope is all datasets
--   scope text                 overall, or the group of the datasets
--   encoder text               name of the encoder
--   family text                family of the encoder
--   backbone text              architecture of the encoder; NULL where none was declared
--   baseline text              name of the baseline encoder
--   chosen_as text             how the baseline was chosen: backbone (supervised, of the same backbone), supervised (of another or unknown one), none (raw pixels), random (untrained) or named ($baseline)
--   delta_pp double            mean over datasets of the difference, in percentage points
--   sd_pp double               population standard deviation over datasets, in percentage points
--   se_pp double               standard error of the mean: sd_pp / sqrt(n_datasets)
--   low double                 lower end of the interval of the mean, over resamples of the datasets, in percentage points; NULL with fewer than two
--   high double                upper end of that interval
--   t_value double             t of the paired test over datasets, n_datasets - 1 degrees of freedom
--   p_value double             two-sided p of that test
--   p_holm double              p corrected for all encoders that the scope compares with this baseline
--   n_datasets bigint          datasets that have a complete pair
--   n_datasets_total bigint    labelled datasets declared in the scope
--   n_pairs bigint             pairs (clusterer, reducer, dataset) scored for every encoder of the mask
--   n_pairs_total bigint       pairs declared in the scope for these encoders
--   n_encoders bigint          encoders of the mask: the baseline and all trained encoders that are compared with it; an untrained or multimodal encoder and raw pixels are each masked with the baseline alone
--   block text                 the kind of pair that was used
-- reads: compared_cell
-- then: intervals, t_test, holm

-- A4 of the study

-- declared cells with labels; AMI is NULL where a cell has none
with candidates as (
    select
        encoder,
        family,
        fine_tuned,
        backbone,
        dataset,
        domain_group,
        reducer,
        clusterer,
        ami,
        is_asked
    from filtered_cell(
        $grid, $datasets, $domain_group, $encoders, $families, $backbone, $fine_tuned,
        $reducers, $clusterers, $seeds, of_baseline := $baseline
    )
),

encoders as (
    select distinct
        encoder,
        family,
        backbone,
        is_asked,
        case
            when encoder = $baseline then 1
            when $baseline is not null then null
            when family = 'supervised' and not fine_tuned then 2
            when family = 'none' then 3
            when family = 'random' then 4
        end as place
    from candidates
),

-- the first of each backbone, and the first of all
baselines as (
    select
        backbone,
        place = 2 as is_supervised,
        first_value(encoder) over (
            partition by backbone, place order by encoder
        ) as own,
        first_value(encoder) over (order by place, encoder) as any_one,
        first_value(
            case place
                when 1 then 'named'
                when 2 then 'supervised'
                when 3 then 'none'
                else 'random'
            end
        ) over (order by place, encoder) as any_as
    from encoders
    where place is not null
),

assigned as (
    select
        encoders.encoder,
        encoders.family,
        encoders.backbone,
        coalesce(own.own, fallback.any_one) as baseline,
        case when own.own is null then fallback.any_as else 'backbone' end as chosen_as
    from encoders
    cross join (select distinct any_one, any_as from baselines) as fallback
    left join (
        select distinct
            backbone,
            own
        from baselines
        where is_supervised
    ) as own on encoders.backbone = own.backbone
    where encoders.is_asked
),

compared as (
    select
        *,
        -- trained encoders share one mask, so that their bars can be compared
        (
            baseline,
            chosen_as,
            case when family in ('none', 'random', 'multimodal') then encoder else '' end
        ) as mask
    from assigned
    where encoder <> baseline
),

members as (
    select
        mask,
        encoder,
        count(*) over (partition by mask) as n_encoders
    from (
        select
            mask,
            encoder
        from compared
        union
        select
            mask,
            baseline
        from compared
    )
),

inputs as (
    select *
    from candidates
    where encoder in (select members.encoder from members)
),

kinds as (
    select
        case
            when $block in ('reducer', 'recipe', 'best') then $block
            when max(n_reducers) > 1 then 'reducer'
            else 'recipe'
        end as block
    from (
        select count(distinct reducer) as n_reducers
        from inputs
        group by encoder, dataset, clusterer
    )
),

-- several seeds of one recipe count by their median
medians as (
    select
        inputs.encoder,
        inputs.dataset,
        inputs.domain_group,
        case when kinds.block = 'recipe' then '' else inputs.reducer end as reducer,
        inputs.clusterer,
        kinds.block,
        median(inputs.ami) as ami
    from inputs
    cross join kinds
    group by all
),

values_in_pairs as (
    select
        encoder,
        dataset,
        domain_group,
        case when block = 'reducer' then reducer else '' end as reducer,
        clusterer,
        block,
        max(ami) as ami
    from medians
    group by all
),

masked as (
    select
        members.mask,
        members.n_encoders,
        values_in_pairs.*
    from values_in_pairs
    inner join members using (encoder)
),

-- the complete-case mask: a pair counts for all encoders or for none
complete as (
    select *
    from masked
    qualify count(ami) over (partition by mask, clusterer, reducer, dataset) = n_encoders
),

means as (
    select
        mask,
        encoder,
        dataset,
        avg(ami) as ami,
        count(*) as n_pairs
    from complete
    group by mask, encoder, dataset
),

deltas as (
    select
        compared.mask,
        compared.encoder,
        means.dataset,
        means.n_pairs,
        100 * (means.ami - base.ami) as delta_pp
    from compared
    inner join means using (mask, encoder)
    inner join means as base
        on
            compared.mask = base.mask
            and compared.baseline = base.encoder
            and means.dataset = base.dataset
),

scopes as (
    select
        mask,
        n_encoders,
        dataset,
        block,
        unnest([true, false]) as is_overall,
        unnest(['overall', domain_group]) as scope,
        count(distinct (clusterer, reducer)) as n_pairs
    from masked
    group by mask, n_encoders, dataset, block, domain_group
),

final as (
    select
        scopes.is_overall,
        scopes.scope,
        compared.encoder,
        compared.family,
        compared.backbone,
        compared.baseline,
        compared.chosen_as,
        avg(deltas.delta_pp) as delta_pp,
        stddev_pop(deltas.delta_pp) as sd_pp,
        stddev_pop(deltas.delta_pp) / sqrt(count(deltas.delta_pp)) as se_pp,
        list(deltas.delta_pp order by deltas.dataset)
            filter (where deltas.delta_pp is not null) as parts,
        list(deltas.dataset order by deltas.dataset)
            filter (where deltas.delta_pp is not null) as datasets,
        case
            when count(deltas.delta_pp) > 1 and stddev_samp(deltas.delta_pp) > 0
                then avg(deltas.delta_pp)
                / (stddev_samp(deltas.delta_pp) / sqrt(count(deltas.delta_pp)))
        end as t_value,
        [
            cast(scopes.is_overall as varchar), scopes.scope, compared.baseline
        ] as comparison,
        count(deltas.delta_pp) as n_datasets,
        count(*) as n_datasets_total,
        cast(coalesce(sum(deltas.n_pairs), 0) as bigint) as n_pairs,
        cast(sum(scopes.n_pairs) as bigint) as n_pairs_total,
        scopes.n_encoders,
        scopes.block
    from compared
    inner join scopes using (mask)
    left join deltas
        on
            compared.mask = deltas.mask
            and compared.encoder = deltas.encoder
            and scopes.dataset = deltas.dataset
    where scopes.scope is not null
    group by all
)

select
    is_overall,
    scope,
    encoder,
    family,
    backbone,
    baseline,
    chosen_as,
    delta_pp,
    sd_pp,
    se_pp,
    parts,
    datasets,
    t_value,
    comparison,
    n_datasets,
    n_datasets_total,
    n_pairs,
    n_pairs_total,
    n_encoders,
    block
from final
order by
    is_overall desc,
    scope,
    list_position(['named', 'backbone', 'supervised', 'none', 'random'], chosen_as),
    baseline,
    delta_pp desc nulls last,
    encoder;
