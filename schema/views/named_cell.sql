-- name: named_cell
-- doc: one row per scope, cell, names and label level: a scope is a grid by its label (names as that declaration has them), or NULL for the warehouse (names by label; is_current tells what the newest declarations of all grids want from what they no longer want)
-- reads: grid_cell, grid_name, grid_version, name_version, cell, encoder_fact, dataset_fact, reducer, reducer_fact, clusterer, clusterer_fact, label_level

create or replace view named_cell as
with meant as (
    select
        grid_version.grid,
        grid_version.is_newest,
        grid_version.declared_at,
        grid_name.*,
        name_version.label,
        coalesce(train.meaning, newest.meaning) as train_meaning
    from grid_name
    inner join grid_version on grid_name.grid_key = grid_version.grid_key
    inner join name_version
        on
            grid_name.kind = name_version.kind
            and grid_name.name = name_version.name
            and grid_name.meaning = name_version.meaning
            -- features stored for each dataset are versions by dataset
            and coalesce(name_version.dataset, grid_name.dataset) = grid_name.dataset
    -- the train set of a dataset, as this declaration has it
    left join dataset_fact
        on
            grid_name.kind = 'dataset'
            and grid_name.name = dataset_fact.name
            and grid_name.meaning = dataset_fact.meaning
    left join grid_name as train
        on
            grid_name.grid_key = train.grid_key
            and train.kind = 'dataset'
            and dataset_fact.train = train.name
    left join name_version as newest
        on newest.kind = 'dataset' and dataset_fact.train = newest.name and newest.is_current
),

declared as (
    select
        d.grid,
        d.is_newest,
        d.declared_at,
        grid_cell.cell_key,
        grid_cell.level,
        -- the same images and the same labels at this level, whatever the other levels are
        concat_ws('/', dataset_fact.dataset_key, grid_cell.level, label_level.label_key)
            as dataset_thing,
        e.name as encoder,
        e.meaning as encoder_meaning,
        e.label as encoder_label,
        d.name as dataset,
        d.meaning as dataset_meaning,
        d.label as dataset_label,
        d.train_meaning,
        r.name as reducer,
        r.meaning as reducer_meaning,
        r.label as reducer_label,
        c.name as clusterer,
        c.meaning as clusterer_meaning,
        c.label as clusterer_label
    from grid_cell
    inner join meant as e
        on
            grid_cell.grid_key = e.grid_key
            and e.kind = 'encoder'
            and grid_cell.encoder = e.name
            and grid_cell.dataset = e.dataset
    inner join meant as d
        on grid_cell.grid_key = d.grid_key and d.kind = 'dataset' and grid_cell.dataset = d.name
    inner join meant as r
        on grid_cell.grid_key = r.grid_key and r.kind = 'reducer' and grid_cell.reducer = r.name
    inner join meant as c
        on
            grid_cell.grid_key = c.grid_key
            and c.kind = 'clusterer'
            and grid_cell.clusterer = c.name
    inner join dataset_fact on d.name = dataset_fact.name and d.meaning = dataset_fact.meaning
    left join label_level
        on
            dataset_fact.labelling_key = label_level.labelling_key
            and grid_cell.level = label_level.level
),

things as (
    select
        kind,
        meaning as thing,
        name,
        meaning,
        label,
        train_meaning,
        grid,
        declared_at
    from meant
    where is_newest and kind <> 'dataset'
    union
    select
        'dataset' as kind,
        dataset_thing,
        dataset,
        dataset_meaning,
        dataset_label,
        train_meaning,
        grid,
        declared_at
    from declared
    where is_newest
),

-- a thing that several grids want goes by its name in the newest of them, so that no cell
-- counts twice; two names in one grid are kept
called as (
    select
        own.kind,
        own.thing,
        own.name as own_name,
        shown.name,
        shown.meaning,
        shown.label,
        shown.train_meaning
    from (select distinct kind, thing, name from things) as own
    inner join things as shown using (kind, thing)
    qualify row_number() over (
        partition by own.kind, own.thing, own.name
        order by shown.declared_at desc, shown.grid, shown.name = own.name desc, shown.name
    ) = 1
),

wanted as (
    select distinct
        declared.cell_key,
        declared.level,
        e.name as encoder,
        e.meaning as encoder_meaning,
        e.label as encoder_label,
        d.name as dataset,
        d.meaning as dataset_meaning,
        d.label as dataset_label,
        d.train_meaning,
        r.name as reducer,
        r.meaning as reducer_meaning,
        r.label as reducer_label,
        c.name as clusterer,
        c.meaning as clusterer_meaning,
        c.label as clusterer_label
    from declared
    inner join called as e
        on
            e.kind = 'encoder'
            and declared.encoder_meaning = e.thing
            and declared.encoder = e.own_name
    inner join called as d
        on
            d.kind = 'dataset'
            and declared.dataset_thing = d.thing
            and declared.dataset = d.own_name
    inner join called as r
        on
            r.kind = 'reducer'
            and declared.reducer_meaning = r.thing
            and declared.reducer = r.own_name
    inner join called as c
        on
            c.kind = 'clusterer'
            and declared.clusterer_meaning = c.thing
            and declared.clusterer = c.own_name
    where declared.is_newest
),

-- what was declared before stays under the labels of then
past as (
    select distinct on (
        cell_key, level, encoder_label, dataset_label, reducer_label, clusterer_label
    ) declared.* exclude (grid, is_newest, declared_at, dataset_thing)
    from declared
    anti join (select * from declared where is_newest) as newest
        using (
            cell_key, level, encoder_label, dataset_label, reducer_label, clusterer_label
        )
    where not declared.is_newest
    order by declared.declared_at desc, declared.grid
),

scoped as (
    select
        grid as scope,
        is_newest as is_current,
        encoder as encoder_shown,
        dataset as dataset_shown,
        reducer as reducer_shown,
        clusterer as clusterer_shown,
        * exclude (grid, is_newest, declared_at, dataset_thing)
    from declared
    union all by name
    select
        null as scope,
        is_current,
        encoder_label as encoder_shown,
        dataset_label as dataset_shown,
        reducer_label as reducer_shown,
        clusterer_label as clusterer_shown,
        * exclude (is_current)
    from (
        select true as is_current, * from wanted
        union all by name
        select false as is_current, * from past
    )
)

select
    scoped.scope as grid,
    scoped.is_current,
    scoped.cell_key,
    scoped.encoder_shown as encoder,
    scoped.encoder_meaning,
    encoder_fact.title as encoder_title,
    encoder_fact.family,
    encoder_fact.backbone,
    encoder_fact.fine_tuned,
    scoped.dataset_shown as dataset,
    scoped.dataset_meaning,
    dataset_fact.title as dataset_title,
    dataset_fact.domain_group,
    scoped.reducer_shown as reducer,
    scoped.reducer_meaning,
    reducer_fact.title as reducer_title,
    reducer.kind as reducer_kind,
    scoped.clusterer_shown as clusterer,
    scoped.clusterer_meaning,
    clusterer_fact.title as clusterer_title,
    clusterer.kind as clusterer_kind,
    clusterer_fact.slot,
    clusterer_fact.k_source,
    cell.k,
    cell.seed,
    cell.dtype,
    nullif(scoped.level, '') as level,
    label_level.label_key,
    coalesce(label_level.is_target, false) as is_target,
    label_level.depth,
    cell.encoder_key,
    cell.dataset_key,
    dataset_fact.labelling_key,
    dataset_fact.listing_key,
    case
        when scoped.scope is null then coalesce(train_version.label, dataset_fact.train)
        else dataset_fact.train
    end as train,
    scoped.train_meaning,
    train_fact.dataset_key as train_dataset_key,
    train_level.label_key as train_label_key,
    cell.embedding_key,
    cell.reducer_key,
    cell.reduction_key,
    cell.clusterer_key
from scoped
inner join cell using (cell_key)
inner join encoder_fact
    on
        scoped.encoder = encoder_fact.name
        and scoped.encoder_meaning = encoder_fact.meaning
inner join dataset_fact
    on
        scoped.dataset = dataset_fact.name
        and scoped.dataset_meaning = dataset_fact.meaning
left join label_level
    on
        dataset_fact.labelling_key = label_level.labelling_key
        and scoped.level = label_level.level
left join dataset_fact as train_fact
    on
        dataset_fact.train = train_fact.name
        and scoped.train_meaning = train_fact.meaning
left join name_version as train_version
    on
        train_version.kind = 'dataset'
        and train_fact.name = train_version.name
        and train_fact.meaning = train_version.meaning
left join label_level as train_level
    on
        train_fact.labelling_key = train_level.labelling_key
        and scoped.level = train_level.level
inner join reducer_fact
    on
        scoped.reducer = reducer_fact.name
        and scoped.reducer_meaning = reducer_fact.meaning
inner join clusterer_fact
    on
        scoped.clusterer = clusterer_fact.name
        and scoped.clusterer_meaning = clusterer_fact.meaning
inner join reducer on cell.reducer_key = reducer.reducer_key
inner join clusterer on cell.clusterer_key = clusterer.clusterer_key;
