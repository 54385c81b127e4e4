"""Which results the criteria of a ``forget`` mean: selects that build on each other.

They take the fields of `zsc_wh.upkeep.criteria.Criteria` as parameters, and
``$is_versioned``: whether a name is given with a version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.warehouse.arrays import with_hanging

if TYPE_CHECKING:
    from zsc_wh.upkeep.useless import Steps

_ASKED: Steps = {
    "tried": """
    select distinct cell_key
    from run
    where $status is null or list_contains($status, status)
    """,
    # cells by the names that hold for the whole warehouse
    "matching": """
    select
        cell_key,
        coalesce(level, '') as level,
        encoder as encoder_label,
        dataset as dataset_label,
        reducer as reducer_label,
        clusterer as clusterer_label,
        is_current,
        is_current or $cell is not null or $is_versioned as is_asked
    from named_cell
    semi join tried using (cell_key)
    where
        grid is null
        and $grid is null
        and ($cell is null or list_contains($cell, cell_key))
        and ($encoder is null or list_contains($encoder, encoder))
        and ($dataset is null or list_contains($dataset, dataset))
        and ($reducer is null or list_contains($reducer, reducer))
        and ($clusterer is null or list_contains($clusterer, clusterer))
        and ($seed is null or list_contains($seed, seed))
    """,
    # what shares an embedding with a cell that may be meant
    "near": """
    select cell.cell_key
    from cell
    semi join (
        select cell.embedding_key
        from cell
        where
            cell_key in (select cell_key from matching where is_asked)
            or cell_key in (
                select grid_cell.cell_key
                from grid_cell
                inner join grid_version using (grid_key)
                where list_contains($grid, grid_version.grid)
            )
    ) as meant using (embedding_key)
    """,
    "meant": """
    select
        grid_name.grid_key,
        grid_name.kind,
        grid_name.name,
        grid_name.dataset,
        grid_name.meaning,
        name_version.label
    from grid_name
    inner join name_version using (kind, name, meaning)
    """,
    # these by the names that each declaration of a grid has for them
    "place": """
    select
        grid_cell.*,
        grid_version.grid,
        grid_version.is_newest as is_current,
        cell.seed,
        cell.embedding_key,
        e.label as encoder_label,
        d.label as dataset_label,
        r.label as reducer_label,
        c.label as clusterer_label,
        dataset_fact.labelling_key,
        label_level.label_key
    from grid_cell
    semi join near on grid_cell.cell_key = near.cell_key
    inner join grid_version on grid_cell.grid_key = grid_version.grid_key
    inner join cell on grid_cell.cell_key = cell.cell_key
    inner join meant as e
        on
            grid_cell.grid_key = e.grid_key
            and e.kind = 'encoder'
            and grid_cell.encoder = e.name
            and grid_cell.dataset = e.dataset
    inner join meant as d
        on
            grid_cell.grid_key = d.grid_key
            and d.kind = 'dataset'
            and grid_cell.dataset = d.name
    inner join meant as r
        on
            grid_cell.grid_key = r.grid_key
            and r.kind = 'reducer'
            and grid_cell.reducer = r.name
    inner join meant as c
        on
            grid_cell.grid_key = c.grid_key
            and c.kind = 'clusterer'
            and grid_cell.clusterer = c.name
    inner join dataset_fact
        on d.name = dataset_fact.name and d.meaning = dataset_fact.meaning
    left join label_level
        on
            dataset_fact.labelling_key = label_level.labelling_key
            and grid_cell.level = label_level.level
    """,
    "asked_place": """
    select place.*
    from place
    semi join (select * from matching where is_asked) as asked
        using (
            cell_key, level,
            encoder_label, dataset_label, reducer_label, clusterer_label
        )
    union all
    select place.*
    from place
    semi join tried using (cell_key)
    where
        list_contains($grid, grid)
        and ($cell is null or list_contains($cell, cell_key))
        and ($encoder is null or list_has_any($encoder, [encoder, encoder_label]))
        and ($dataset is null or list_has_any($dataset, [dataset, dataset_label]))
        and ($reducer is null or list_has_any($reducer, [reducer, reducer_label]))
        and (
            $clusterer is null
            or list_has_any($clusterer, [clusterer, clusterer_label])
        )
        and ($seed is null or list_contains($seed, seed))
    """,
    "other_place": """
    select place.*
    from place
    anti join asked_place
        using (grid_key, cell_key, encoder, dataset, reducer, clusterer, level)
    """,
}

_LOST: Steps = {
    "reopened": """
    select cell_key from matching where is_current and not $is_versioned
    union
    select cell_key from asked_place
    where $grid is not null and is_current and not $is_versioned
    union
    -- a key means the cell, whatever it is called
    select cell_key
    from cell
    semi join tried using (cell_key)
    where
        list_contains($cell, cell_key)
        and coalesce($grid, $encoder, $dataset, $reducer, $clusterer) is null
        and ($seed is null or list_contains($seed, seed))
    union
    select cell_key from asked_place anti join other_place using (cell_key)
    """,
    "kept": """
    (
        select cell_key from matching where is_asked
        union
        select cell_key from asked_place
    )
    except
    select cell_key from reopened
    """,
    "lost_label": """
    select
        asked_place.cell_key,
        label_level.label_key
    from asked_place
    semi join kept using (cell_key)
    inner join label_level using (labelling_key)
    except
    select
        held.cell_key,
        label_level.label_key
    from (
        select cell_key, labelling_key from other_place
        union
        select cell_key, labelling_key from asked_place where is_current
    ) as held
    inner join label_level using (labelling_key)
    """,
    "lost_score": """
    select score.*
    from score
    inner join run using (run_key)
    semi join lost_label
        on run.cell_key = lost_label.cell_key and score.label_key = lost_label.label_key
    """,
    "withdrawn": """
    select asked_place.*
    from asked_place
    semi join kept using (cell_key)
    where not is_current
    """,
    "cut_grid": "select distinct grid_key from withdrawn",
    # probes go with the last cell of their embedding that has a result or is wanted
    "lost_probe": """
    select probe.*
    from probe
    semi join asked_place
        on
            probe.test_embedding_key = asked_place.embedding_key
            and probe.label_key = asked_place.label_key
    anti join (
        select embedding_key, label_key from place where is_current
        union
        select embedding_key, label_key
        from place
        anti join withdrawn
            using (grid_key, cell_key, encoder, dataset, reducer, clusterer, level)
        semi join closing_run using (cell_key)
        anti join reopened using (cell_key)
    ) as held
        on
            probe.test_embedding_key = held.embedding_key
            and probe.label_key = held.label_key
    where $grid is not null or $is_versioned
    """,
}

_FREED: Steps = {
    "used": """
    -- cells that keep a result keep their arrays
    select unnest([embedding_key, reduction_key]) as key
    from cell
    where
        cell_key not in (select cell_key from reopened)
        and cell_key in (select cell_key from run)
    -- and those that these were put together of
    union all
    select cell_part.embedding_key
    from cell_part
    where
        cell_key not in (select cell_key from reopened)
        and cell_key in (select cell_key from run)
    -- and probes keep their embeddings
    union all
    select unnest([train_embedding_key, test_embedding_key])
    from probe
    anti join lost_probe using (probe_key)
    """,
    "given_up": """
    select unnest([embedding_key, reduction_key]) as key
    from cell
    semi join reopened using (cell_key)
    union
    select cell_part.embedding_key
    from cell_part
    semi join reopened using (cell_key)
    inner join cell using (cell_key)
    where cell.embedding_key not in (select key from used)
    except
    select key from used
    """,
    # maps and UMAP spaces belong to the embedding and go with it
    "freed_array": with_hanging("given_up"),
}

ASKED: Steps = {**_ASKED, **_LOST, **_FREED}
"""Steps in an order in which each can name those before it."""
