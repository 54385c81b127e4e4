"""Tables of stored arrays are found by their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zsc_wh.sqlfiles import array_tables
from zsc_wh.warehouse.arrays import removal

if TYPE_CHECKING:
    from zsc_wh.sqlfiles import Table


def test_embeddings_and_reductions_are_arrays() -> None:
    """And a reduction hangs on its embedding, which hangs on none."""
    arrays = array_tables()
    found = {name: table.columns_to(arrays) for name, table in arrays.items()}
    assert found["embedding"] == ()
    assert found["reduction"] == ("embedding_key",)


@pytest.mark.parametrize("table", array_tables().values(), ids=lambda each: each.name)
def test_a_table_of_arrays_says_what_all_of_them_say(table: Table) -> None:
    """One key, the file and its sha256, when it was finished; no row without parent."""
    assert len(table.key) == 1
    types = {"uri": "varchar", "sha256": "varchar", "created_at": "timestamptz"}
    assert {name: table.columns[name] for name in types} == types
    assert types.keys() <= table.required
    for one in table.references:
        assert one.is_left_out or array_tables().keys().isdisjoint(one.parents)


def test_what_goes_with_an_array() -> None:
    """Its own row, and those that say so; a probe says that it keeps its embeddings."""
    found = set(removal())
    assert {
        ("embedding", "embedding_key"),
        ("reduction", "reduction_key"),
        ("array_score", "array_key"),
        ("projection", "reduction_key"),
        ("unreadable_sample", "embedding_key"),
    } <= found
    assert not {table for table, _ in found} & {"probe", "cell", "run"}
