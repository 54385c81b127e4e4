"""Which arrays the cells, probes and maps of a warehouse need."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsc_wh.store import Store
    from zsc_wh.warehouse import Warehouse


class Needed:
    """What the warehouse refers to, at one moment.

    Parameters
    ----------
    warehouse : Warehouse
        Is read once.

    Attributes
    ----------
    useless_rows : list of str
        Keys of recorded embeddings and reductions that nothing refers to.
    done : set of str
        Keys of recorded ones that only complete cells need.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        arrays, references, pairs, complete = warehouse.read_all(
            (_ARRAYS, _REFERENCES, _PAIRS, _COMPLETE)
        )
        self._referred = {key for (key,) in references}
        self._pairs = set(pairs)
        self._known = {key: self._is_needed(key, *about) for key, *about in arrays}
        self.useless_rows = [key for key, needed in self._known.items() if not needed]
        self.done = {key for (key,) in complete}

    def has(self, store: Store, key: str) -> bool:
        """Whether a stored array is needed; one without a row tells it by its note."""
        if key in self._known:
            return self._known[key]
        note = store.note(key)
        rows = note.rows if note is not None else {}
        return key in self._referred or any(
            self._is_needed(
                key,
                row.get("embedding_key"),
                row.get("encoder_key"),
                row.get("dataset_key"),
            )
            for table in ("embedding", "reduction")
            for row in rows.get(table, ())
        )

    def _is_needed(
        self, key: str, embedding: str | None, encoder: str | None, dataset: str | None
    ) -> bool:
        return (
            key in self._referred
            or embedding in self._referred
            or (encoder, dataset) in self._pairs
        )


_ARRAYS = """
select embedding_key, embedding_key, encoder_key, dataset_key from embedding
union all
select reduction_key, embedding_key, null, null from reduction
"""

_REFERENCES = """
select embedding_key from cell
union
select reduction_key from cell
union
select train_embedding_key from probe
union
select test_embedding_key from probe
"""

# embeddings of train sets: a probe asks for them before it has a row
_PAIRS = """
select distinct
    cell.encoder_key,
    train.dataset_key
from cell
inner join dataset using (dataset_key)
inner join dataset as train on dataset.train = train.name
"""

_COMPLETE = """
with newest as (
    select grid_key
    from grid
    qualify
        row_number() over (partition by name order by declared_at desc, grid_key) = 1
),

wanted as (
    select
        grid_cell.cell_key,
        grid_score.metric,
        grid_score.space,
        grid_score.subset
    from newest
    inner join grid_cell using (grid_key)
    inner join grid_score using (grid_key)
),

unscored as (
    select closing_run.cell_key
    from wanted
    inner join closing_run using (cell_key)
    anti join score
        on
            closing_run.run_key = score.run_key
            and wanted.metric = score.metric
            and wanted.space = score.space
            and wanted.subset = score.subset
),

settled as (
    select cell_key from closing_run
    union
    -- what cannot be applied is not tried again
    select cell_key from unclosed_cell
    where status = 'skipped' and over_limit_bytes is null
),

open_cell as (
    select
        embedding_key,
        reduction_key
    from cell
    where
        cell_key not in (select cell_key from settled)
        or cell_key in (select cell_key from unscored)
)

select embedding_key
from embedding
where embedding_key not in (select embedding_key from open_cell)
union all
select reduction_key
from reduction
where
    reduction_key not in (select reduction_key from open_cell)
    -- the UMAP space of a cell belongs to its embedding
    and embedding_key not in (select embedding_key from open_cell)
"""
