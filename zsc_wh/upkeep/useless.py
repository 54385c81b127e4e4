"""What nothing needs of the rows of a warehouse: selects that build on each other.

Needed is what the grids declare now, every cell that has a result, and all that these
refer to. An earlier declaration of a grid is needed as far as a cell has a result, or
its embedding a probe, under the names that it declares.
"""

from __future__ import annotations

from zsc_wh.records import CELL_NAMES
from zsc_wh.sqlfiles import array_tables
from zsc_wh.warehouse.arrays import with_hanging

Steps = dict[str, str]
"""Name of a step to a select, which may name the steps before it."""

PLACE = "grid_key, cell_key, encoder, dataset, reducer, clusterer, level"
"""Key of `grid_cell`: a cell under the names that a declaration has for it."""

_PLACES: Steps = {
    # a cell under the names that a declaration has for it
    "place": """
    select
        grid_cell.*,
        grid_version.is_newest,
        cell.embedding_key,
        grid_name.meaning as dataset_meaning,
        dataset_fact.labelling_key,
        label_level.label_key
    from grid_cell
    inner join grid_version using (grid_key)
    inner join cell using (cell_key)
    left join grid_name
        on
            grid_cell.grid_key = grid_name.grid_key
            and grid_name.kind = 'dataset'
            and grid_cell.dataset = grid_name.name
    left join dataset_fact
        on
            grid_name.name = dataset_fact.name
            and grid_name.meaning = dataset_fact.meaning
    left join label_level
        on
            dataset_fact.labelling_key = label_level.labelling_key
            and grid_cell.level = label_level.level
    """,
    "probed": """
    select distinct
        probe.test_embedding_key as embedding_key,
        probe.label_key
    from probe
    inner join probe_score using (probe_key)
    where probe_score.value is not null
    """,
    "useless_place": """
    select place.*
    from place
    anti join closing_run on place.cell_key = closing_run.cell_key
    anti join probed
        on
            place.embedding_key = probed.embedding_key
            and place.label_key = probed.label_key
    where not place.is_newest
    """,
    "kept_place": """
    select place.*
    from place
    anti join useless_place
        using (grid_key, cell_key, encoder, dataset, reducer, clusterer, level)
    """,
    "kept_cell": """
    select *
    from cell
    where
        cell_key in (select cell_key from kept_place)
        or cell_key in (select cell_key from closing_run)
    """,
    "useless_cell": """
    select cell_key from cell
    except
    select cell_key from kept_cell
    """,
}

_GRIDS: Steps = {
    "useless_grid": """
    select grid_key
    from grid_version
    where not is_newest and grid_key not in (select grid_key from kept_place)
    """,
    "trained": """
    select distinct
        kept_place.grid_key,
        kept_place.encoder,
        dataset_name.train
    from kept_place
    inner join dataset_name
        on
            kept_place.dataset = dataset_name.name
            and kept_place.dataset_meaning = dataset_name.meaning
    where dataset_name.train is not null
    """,
    # names that kept cells go by; and their train sets, as these are embedded
    "named": """
    select
        grid_key,
        unnest(['encoder', 'dataset', 'reducer', 'clusterer']) as kind,
        unnest([encoder, dataset, reducer, clusterer]) as name,
        unnest([dataset, '', '', '']) as dataset
    from kept_place
    union
    select grid_key, 'dataset', train, '' from trained
    union
    select grid_key, 'encoder', encoder, train from trained
    """,
    "kept_named": """
    select grid_name.*
    from grid_name
    semi join named using (grid_key, kind, name, dataset)
    union
    select grid_name.*
    from grid_name
    inner join grid_version using (grid_key)
    where grid_version.is_newest
    """,
    "useless_named": """
    select * from grid_name
    except
    select * from kept_named
    """,
    "cut_grid": """
    (
        select grid_key from useless_place
        union
        select grid_key from useless_named
    )
    except
    select grid_key from useless_grid
    """,
}

_ARRAYS: Steps = {
    # of a probe without a value only the reason is lost, which a plan finds again
    "kept_probe": """
    select *
    from probe
    where probe_key in (select probe_key from probe_score where value is not null)
    union
    select probe.*
    from probe
    semi join kept_place
        on
            probe.test_embedding_key = kept_place.embedding_key
            and probe.label_key = kept_place.label_key
    """,
    "referred": """
    select embedding_key as key from kept_cell
    union
    select reduction_key from kept_cell
    union
    select cell_part.embedding_key from cell_part semi join kept_cell using (cell_key)
    union
    select train_embedding_key from kept_probe
    union
    select test_embedding_key from kept_probe
    """,
    # embeddings of train sets: a probe asks for them before it has a row
    "pair": """
    select distinct
        encoder_fact.encoder_key,
        dataset_fact.dataset_key
    from grid_name as e
    inner join grid_version on e.grid_key = grid_version.grid_key
    inner join encoder_fact
        on e.name = encoder_fact.name and e.meaning = encoder_fact.meaning
    inner join grid_name as d
        on e.grid_key = d.grid_key and d.kind = 'dataset' and e.dataset = d.name
    inner join dataset_fact
        on d.name = dataset_fact.name and d.meaning = dataset_fact.meaning
    where e.kind = 'encoder' and grid_version.is_newest
    """,
    "needed_root": """
    select key from referred
    union
    select embedding.embedding_key
    from embedding
    semi join pair using (encoder_key, dataset_key)
    """,
    "needed_array": with_hanging("needed_root"),
    "unneeded_array": """
    select key from recorded_array
    except
    select key from needed_array
    """,
    # what hangs on two arrays goes with the first that goes
    "useless_array": with_hanging("unneeded_array"),
}

_NAMES: Steps = {
    "version": " union ".join(
        f"select '{kind}' as kind, name, meaning, {kind}_key as key from {kind}_name"  # noqa: S608 - fixed names
        for kind in CELL_NAMES
    ),
    "kept_key": " union ".join(
        [
            *(
                f"select '{kind}' as kind, {kind}_key as key from kept_cell"  # noqa: S608 - fixed names
                for kind in CELL_NAMES
            ),
            *(
                f"select '{kind}', {one.column} from {name}"  # noqa: S608 - our files
                f" where {table.key[0]} not in (select key from useless_array)"
                for name, table in array_tables().items()
                for one in table.references
                for kind in CELL_NAMES
                if kind in one.parents
            ),
        ]
    ),
    "declared_version": """
    select version.* from version semi join kept_named using (kind, name, meaning)
    """,
    # what is kept keeps its names where no declaration names it otherwise
    "kept_version": """
    select * from declared_version
    union
    select version.*
    from version
    semi join kept_key using (kind, key)
    anti join declared_version using (kind, key)
    """,
    "useless_version": """
    select * from version
    except
    select * from kept_version
    """,
    "kept_dataset_name": """
    select dataset_name.*
    from dataset_name
    semi join kept_version
        on
            kept_version.kind = 'dataset'
            and dataset_name.name = kept_version.name
            and dataset_name.meaning = kept_version.meaning
    """,
}

_THINGS: Steps = {
    "useless_label": """
    select label_key from label
    except
    (
        select label_level.label_key
        from label_level
        semi join kept_dataset_name using (labelling_key)
        union
        select label_key from kept_probe
        union
        select train_label_key from kept_probe
    )
    """,
    "useless_score": """
    select label_key from score
    where label_key in (select label_key from useless_label)
    union all
    select label_key from array_score
    where label_key in (select label_key from useless_label)
    """,
    "useless_thing": " union all ".join(
        [
            *(
                f"select '{kind}' as kind, {kind}_key as key from {kind}"  # noqa: S608 - fixed names
                f" where {kind}_key not in"
                f" (select key from kept_key where kind = '{kind}')"
                f" and {kind}_key not in"
                f" (select key from kept_version where kind = '{kind}')"
                for kind in CELL_NAMES
            ),
            "select 'label', label_key from useless_label",
            "select 'listing', listing_key from listing"
            " anti join kept_dataset_name using (listing_key)",
        ]
    ),
}

USELESS: Steps = {**_PLACES, **_GRIDS, **_ARRAYS, **_NAMES, **_THINGS}
"""Steps that find everything, in an order in which each can name those before it."""

COUNTED = (
    "useless_array",
    "useless_version",
    "useless_grid",
    "cut_grid",
    "useless_cell",
    "useless_score",
    "useless_thing",
)
"""Steps of `USELESS` that say how much there is."""
