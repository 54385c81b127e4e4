-- name: delta_ami
-- doc: one row per scope (all datasets, then each group of datasets) and encoder, with its AMI less that of a baseline encoder
-- params:
--   $baseline text = null       the encoder to compare with; NULL: the first by name that is supervised and not fine-tuned, else of family none, else random
--   $block text = 'auto'        reducer: compare encoders within each clusterer and reducer; recipe: within each clusterer, whatever the reducers; best: likewise, each by its best reducer; auto: reducer where a clusterer was declared with several reducers on one embedding, else recipe
--   $grid text = null           only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $dataset text = null        only this dataset
--   $domain_group text = null   only datasets of this group
--   $encoders text[] = null     compare only these encoders; the baseline is always kept
--   $backbone text = null       only encoders of this backbone, and a baseline that is named
--   $reducer text = null        only this reducer
--   $clusterers text[] = null   only these clusterers
--   $seed integer = null        only this seed
-- columns:
--   is_overall boolean         whether the scope is all datasets
--   scope text                 overall, or the group of the datasets
--   encoder text               name of the encoder
--   family text                family of the encoder
--   baseline text              name of the baseline encoder
--   delta_pp double            mean over datasets of the difference, in percentage points
--   sd_pp double               population standard deviation over datasets, in percentage points
--   se_pp double               standard error of the mean: sd_pp / sqrt(n_datasets)
--   t_value double             t of the paired test over datasets, n_datasets - 1 degrees of freedom
--   n_datasets bigint          datasets that have a complete pair
--   n_datasets_total bigint    labelled datasets declared in the scope
--   n_pairs bigint             pairs (clusterer, reducer, dataset) scored for every encoder
--   n_pairs_total bigint       pairs declared in the scope
--   block text                 the kind of pair that was used
-- reads: compared_cell

-- declared cells with labels; AMI is NULL where a cell has none
with candidates as (
    select
        encoder,
        family,
        fine_tuned,
        dataset,
        domain_group,
        reducer,
        clusterer,
        ami
    from compared_cell
    where
        grid is not distinct from $grid
        and (
            is_current
            or $grid is not null
            or contains(
                concat_ws(
                    ' ', $baseline, $dataset, $reducer,
                    array_to_string(cast($encoders as varchar[]), ' '),
                    array_to_string(cast($clusterers as varchar[]), ' ')
                ),
                '@'
            )
        )
        and ($dataset is null or dataset = $dataset)
        and ($domain_group is null or domain_group = $domain_group)
        and ($backbone is null or backbone = $backbone or encoder = $baseline)
        and ($reducer is null or reducer = $reducer)
        and (
            $clusterers is null
            or list_contains(cast($clusterers as varchar[]), clusterer)
        )
        and ($seed is null or seed = $seed)
),

baselines as (
    select encoder as baseline
    from candidates
    where
        encoder = $baseline
        or (
            $baseline is null
            and (family in ('none', 'random') or (family = 'supervised' and not fine_tuned))
        )
    order by list_position(['supervised', 'none', 'random'], family), encoder
    limit 1
),

inputs as (
    select
        candidates.*,
        baselines.baseline
    from candidates
    cross join baselines
    where
        $encoders is null
        or candidates.encoder = baselines.baseline
        or list_contains(cast($encoders as varchar[]), candidates.encoder)
),

kinds as (
    select
        case
            when $block in ('reducer', 'recipe', 'best') then $block
            when $block <> 'auto' then error('block must be auto, reducer, recipe or best')
            when max(n_reducers) > 1 then 'reducer'
            else 'recipe'
        end as block
    from (
        select count(distinct reducer) as n_reducers
        from inputs
        group by encoder, dataset, clusterer
    )
),

-- several runs of one cell count by their median
medians as (
    select
        inputs.encoder,
        inputs.family,
        inputs.baseline,
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
        family,
        baseline,
        dataset,
        domain_group,
        case when block = 'reducer' then reducer else '' end as reducer,
        clusterer,
        block,
        max(ami) as ami
    from medians
    group by all
),

sizes as (
    select count(distinct encoder) as n_encoders
    from values_in_pairs
),

-- the complete-case mask: a pair counts for all encoders or for none
complete as (
    select values_in_pairs.*
    from values_in_pairs
    cross join sizes
    qualify count(ami) over (partition by clusterer, reducer, dataset) = sizes.n_encoders
),

means as (
    select
        encoder,
        family,
        baseline,
        dataset,
        domain_group,
        block,
        avg(ami) as ami,
        count(*) as n_pairs
    from complete
    group by all
),

deltas as (
    select
        means.encoder,
        means.dataset,
        means.n_pairs,
        100 * (means.ami - base.ami) as delta_pp
    from means
    inner join means as base
        on means.dataset = base.dataset and base.encoder = base.baseline
),

scopes as (
    select
        dataset,
        unnest([true, false]) as is_overall,
        unnest(['overall', domain_group]) as scope,
        count(distinct (clusterer, reducer)) as n_pairs
    from values_in_pairs
    group by dataset, domain_group
),

totals as (
    select
        is_overall,
        scope,
        count(*) as n_datasets_total,
        cast(sum(n_pairs) as bigint) as n_pairs_total
    from scopes
    where scope is not null
    group by is_overall, scope
),

shown as (
    select distinct
        encoder,
        family,
        baseline,
        block
    from values_in_pairs
    where encoder <> baseline
),

final as (
    select
        totals.is_overall,
        totals.scope,
        shown.encoder,
        shown.family,
        shown.baseline,
        avg(deltas.delta_pp) as delta_pp,
        stddev_pop(deltas.delta_pp) as sd_pp,
        stddev_pop(deltas.delta_pp) / sqrt(count(deltas.delta_pp)) as se_pp,
        case
            when count(deltas.delta_pp) > 1 and stddev_samp(deltas.delta_pp) > 0
                then avg(deltas.delta_pp)
                / (stddev_samp(deltas.delta_pp) / sqrt(count(deltas.delta_pp)))
        end as t_value,
        count(deltas.delta_pp) as n_datasets,
        totals.n_datasets_total,
        cast(coalesce(sum(deltas.n_pairs), 0) as bigint) as n_pairs,
        totals.n_pairs_total,
        shown.block
    from shown
    cross join totals
    inner join scopes
        on totals.is_overall = scopes.is_overall and totals.scope = scopes.scope
    left join deltas
        on shown.encoder = deltas.encoder and scopes.dataset = deltas.dataset
    group by all
)

select
    is_overall,
    scope,
    encoder,
    family,
    baseline,
    delta_pp,
    sd_pp,
    se_pp,
    t_value,
    n_datasets,
    n_datasets_total,
    n_pairs,
    n_pairs_total,
    block
from final
order by is_overall desc, scope, delta_pp desc nulls last, encoder;
