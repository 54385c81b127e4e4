from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zsc_wh.declare import read_grids
from zsc_wh.engine.declared_rows import declared_rows
from zsc_wh.engine.plan import make_plan
from zsc_wh.engine.recorded import Recorded
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.declared import Tables

GRID = """
name = "mine"
scores = ["ami"]
seeds = [0, 1]

[dataset.some]
loader = { kind = "digits" }
subset = { n = 40 }

[dataset.others]
loader = { kind = "digits" }
subset = { n = 30, seed = 1 }

[[cross]]
datasets = ["some"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans", "hdbscan"]
"""


@pytest.fixture
def declared(tmp_path: Path) -> Callable[..., Tables]:
    """Return the rows of a grid for an empty warehouse, after changes of its text."""

    def rows(*changes: tuple[str, str]) -> Tables:
        text = GRID
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "grid.toml"
        file.write_text(text)
        grids, _ = read_grids([str(file)])
        plan = make_plan(grids, Recorded(), Store(tmp_path / "store"))
        return declared_rows(plan)

    return rows


def _grid_key(tables: Tables) -> str:
    (row,) = tables["grid"]
    return str(row["grid_key"])


SUBSET = "subset = { n = 40 }"
TRAIN = (SUBSET, f'{SUBSET}\ntrain = "others"')
OTHER_TRAIN = (SUBSET, f'{SUBSET}\ntrain = "digits"')


@pytest.mark.parametrize(
    ("changes", "is_other"),
    [
        ([("seeds", "# a remark\nseeds")], False),
        ([("scores", 'probes = ["linear"]\nscores')], False),
        ([(SUBSET, f'{SUBSET}\ndoc = "few"\ntitle = "Some"')], False),
        ([("seeds = [0, 1]", "seeds = [0]")], True),
        ([('["ami"]', '["nmi"]')], True),
        ([(".some]", ".few]"), ('"some"', '"few"')], True),
        ([("n = 40", "n = 41")], True),
        ([TRAIN], True),
    ],
)
def test_a_declaration_is_its_cells_names_and_scores(
    declared: Callable[..., Tables], changes: list[tuple[str, str]], is_other: bool
) -> None:
    """Another wording is the same declaration, anything else is another version."""
    before, after = _grid_key(declared()), _grid_key(declared(*changes))
    assert (before != after) is is_other


def test_probes_that_can_run_are_part_of_a_declaration(
    declared: Callable[..., Tables],
) -> None:
    """With a train set, other probes or another train set make another version."""
    probes = ("scores", 'probes = ["linear"]\nscores')
    keys = {
        _grid_key(declared(TRAIN)),
        _grid_key(declared(OTHER_TRAIN)),
        _grid_key(declared(TRAIN, probes)),
    }
    assert len(keys) == 3


def test_everything_is_said_once(declared: Callable[..., Tables]) -> None:
    """Seeds and clusterers share encoder, dataset, labels and names."""
    tables = declared(TRAIN)
    counts = {table: len(rows) for table, rows in tables.items()}
    assert counts == {
        "grid": 1,
        "grid_cell": 4,
        "grid_name": 7,  # two encoder-dataset pairs, two datasets, a reducer, two more
        "grid_score": 1,
        "cell": 4,
        "encoder": 1,
        "encoder_name": 1,
        "dataset": 2,
        "dataset_name": 2,
        "listing": 2,
        "label": 2,
        "label_level": 2,
        "reducer": 1,
        "reducer_name": 1,
        "clusterer": 2,
        "clusterer_name": 2,
    }
