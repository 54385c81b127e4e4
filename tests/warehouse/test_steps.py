"""A query whose rows go through a step in Python: one answer, however it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from zsc_wh.errors import QueryError
from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

MEANS = """-- name: means
-- doc: one row per name
-- params:
--   $shift double = 0.0          added to all
--   $resamples integer = 100     how many
--   $confidence double = 0.9     how sure
-- columns:
--   name text                    name
--   high double                  upper end
--   low double                   lower end
-- reads: run
-- then: intervals

select
    name,
    [1 + $shift, 3, null, 7] as parts,
    ['a', 'b', 'c', 'd'] as datasets
from (values ('x'), ('y'), ('z')) as t(name)
order by name
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a user's folder with one query."""
    path = tmp_path / "queries"
    path.mkdir()
    (path / "means.sql").write_text(MEANS)
    return path


def test_rows_and_frames_are_one_answer(warehouse: Warehouse, folder: Path) -> None:
    """Columns and their order are those of the header; lists for the step are not."""
    rows = warehouse.run_query("means", {"shift": 1}, [folder])
    assert rows.columns == ("name", "high", "low")
    assert rows.types == ("VARCHAR", "DOUBLE", "DOUBLE")
    assert rows.rows[0] == ("x", 7.0, 2.0)
    frame = Warehouse(warehouse.path, folders=[folder]).query("means", shift=1)
    assert frame.rows() == rows.rows
    assert frame.schema == {"name": pl.String, "high": pl.Float64, "low": pl.Float64}


def test_a_limit_cuts_the_answer(warehouse: Warehouse, folder: Path) -> None:
    """And leaves the step all rows that it needs."""
    rows = warehouse.run_query("means", {}, [folder], Limits(rows=2))
    assert ([row[0] for row in rows.rows], rows.is_cut) == (["x", "y"], True)
    assert not warehouse.run_query("means", {}, [folder], Limits(rows=3)).is_cut


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({"resamples": 0}, "'resamples' cannot be 0"),
        ({"resamples": None}, "'resamples' cannot be null"),
        ({"confidence": 95}, "'confidence' cannot be 95"),
        ({"confidence": "nan"}, "'confidence' cannot be 'nan'"),
    ],
)
def test_a_step_refuses_what_it_cannot_use(
    warehouse: Warehouse, folder: Path, params: dict[str, object], what: str
) -> None:
    """The message says the query and the range."""
    with pytest.raises(QueryError, match=what) as caught:
        warehouse.run_query("means", params, [folder])
    assert caught.value.where == "query means"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("as parts", "as part", "needs a column 'parts'; did you mean 'part'"),
        ("    name,\n", "    name as nam,\n", "yields no column 'name'"),
        ("'a', 'b'", "'a'", "the step 'intervals' cannot use the rows"),
        ("null, 7", "$resamples", "'resamples' is used, and"),
    ],
)
def test_a_faulty_statement_is_told(
    warehouse: Warehouse, folder: Path, old: str, new: str, what: str
) -> None:
    """With the file, the line and what the step takes, not with a traceback."""
    assert MEANS.count(old) == 1
    (folder / "means.sql").write_text(MEANS.replace(old, new))
    with pytest.raises(QueryError, match=what) as caught:
        warehouse.run_query("means", {"shift": 1}, [folder])
    assert caught.value.where == f"{folder / 'means.sql'}:14"
