"""Which arrays the cells, probes and maps of a warehouse need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.sqlfiles import array_tables
from zsc_wh.upkeep.rows import COUNTS, with_steps
from zsc_wh.upkeep.useless import USELESS, Steps
from zsc_wh.warehouse.arrays import with_hanging

if TYPE_CHECKING:
    from zsc_wh.store import Store
    from zsc_wh.warehouse import Warehouse


class Needed:
    """What the warehouse needs, at one moment.

    Parameters
    ----------
    warehouse : Warehouse
        Is read once.

    Attributes
    ----------
    useless_rows : dict of str to int
        How many rows nothing needs, by the steps `COUNTED` of `zsc_wh.upkeep.useless`.
    done : set of str
        Keys of recorded arrays that only complete cells need.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        arrays, needed, pairs, counts, complete = warehouse.read_all(
            with_steps({**USELESS, **_OPEN}, select)
            for select in (_ARRAYS, _NEEDED, _PAIRS, COUNTS, _COMPLETE)
        )
        self._known = dict(arrays)
        self._needed = {key for (key,) in needed}
        self._pairs = set(pairs)
        self.useless_rows = dict(counts)
        self.done = {key for (key,) in complete}

    def has(self, store: Store, key: str) -> bool:
        """Whether a stored array is needed; one without a row tells it by its note."""
        if key in self._known:
            return bool(self._known[key])
        if key in self._needed:
            return True
        note, arrays = store.note(key), array_tables()
        return note is not None and any(
            (row.get("encoder_key"), row.get("dataset_key")) in self._pairs
            or any(self.has(store, row[column]) for column in table.columns_to(arrays))
            for name, table in arrays.items()
            for row in note.rows.get(name, ())
        )


_ARRAYS = (
    "select distinct key, key not in (select key from useless_array)"
    " from recorded_array"
)

_NEEDED = "select key from needed_root"

_PAIRS = "select encoder_key, dataset_key from pair"

_OPEN: Steps = {
    "due": """
    select distinct
        place.cell_key,
        grid_score.metric,
        grid_score.space,
        grid_score.subset,
        -- those against labels are due at every level
        case
            when grid_score.space = 'labels' then label_level.label_key else ''
        end as label_key
    from place
    inner join grid_score using (grid_key)
    left join label_level
        on
            grid_score.space = 'labels'
            and place.labelling_key = label_level.labelling_key
    where place.is_newest
    """,
    "unscored": """
    select closing_run.cell_key
    from due
    inner join closing_run using (cell_key)
    anti join score
        on
            closing_run.run_key = score.run_key
            and due.metric = score.metric
            and due.space = score.space
            and due.subset = score.subset
            and due.label_key = score.label_key
    -- a dataset without labels has no score against them
    where due.label_key is not null
    """,
    "settled": """
    select cell_key from closing_run
    union
    -- what cannot be applied is not tried again
    select cell_key from unclosed_cell
    where status = 'skipped' and over_limit_bytes is null
    """,
    "open_key": """
    select cell_key
    from cell
    where
        cell_key in (select cell_key from place where is_newest)
        and (
            cell_key not in (select cell_key from settled)
            or cell_key in (select cell_key from unscored)
        )
    """,
    "open_root": """
    select unnest([embedding_key, reduction_key]) as key
    from cell
    semi join open_key using (cell_key)
    -- with the embeddings that its own one is put together of
    union all
    select cell_part.embedding_key
    from cell_part
    semi join open_key using (cell_key)
    """,
    # the UMAP space of a cell belongs to its embedding
    "open_array": with_hanging("open_root"),
}

_COMPLETE = """
select key from recorded_array
except
select key from open_array
"""
