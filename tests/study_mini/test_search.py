"""The hyper-parameter search on the validation sets of the study in small.

The three shipped grids run one after another on sets in their official layouts, with
two encoders and fewer reducers. Which values win is proven in `tests.cli.test_search`.
"""

from __future__ import annotations

import csv
import io
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.study_mini.layouts import validation
from tests.study_mini.test_study_mini import SLOTS, zscwh
from tests.study_mini.weights import encoder_toml
from zsc_wh.declare import shipped_grids

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ENCODERS = {"pixels", "mini_dino_vitb16"}
STAGES = {"search": "reducers", "search-2": "lines", "search-3": "selected"}
"""Each grid, and the file that its winners make."""
NAMES = {
    '"@study"': '["pixels", "mini_dino_vitb16"]',
    '"@search"': '["none", "zscore", "pca-2", "pca-5", "pca-0.90", "umap-2", "umap-5"]',
    '"pacmap-50"': '"pca-0.95"',
}
"""What stands in the place of names that need minutes."""
FINAL = """
name = "final"
seeds = [1]
scores = ["ami"]
[[study]]
datasets = ["imagenette_validation"]
encoders = ["pixels", "mini_dino_vitb16"]
recipes = "search"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the search was run, and a study of its winners."""
    folder = tmp_path_factory.mktemp("search")
    validation(folder / "data")
    (folder / "weights").mkdir()
    own = encoder_toml("dino_vitb16", folder / "weights")
    (folder / "own.toml").write_text(own, encoding="utf-8")
    catalogs = ["--catalog", "own.toml"]
    for grid, winners in STAGES.items():
        text = shipped_grids()[grid].read_text(encoding="utf-8")
        for old, new in NAMES.items():
            text = text.replace(old, new)
        (folder / f"{grid}.toml").write_text(text, encoding="utf-8")
        zscwh(folder, "ingest", f"{grid}.toml", *catalogs, "--offline")
        chosen = ("--from-query", "search_winners", "-p", f"grid={grid}")
        zscwh(folder, "catalog", "recipes", *chosen, "-o", f"{winners}.toml")
        catalogs = ["--catalog", "own.toml", "--catalog", f"{winners}.toml"]
    (folder / "final.toml").write_text(FINAL, encoding="utf-8")
    zscwh(folder, "ingest", "final.toml", *catalogs, "--offline")
    return folder


def test_winners_are_selected_line_by_line(folder: Path) -> None:
    """Reducers first, which stay; AC without K comes with its threshold, at last."""
    rows = {}
    for name in STAGES.values():
        text = (folder / f"{name}.toml").read_text(encoding="utf-8")
        rows[name] = tomllib.loads(text)["recipe"]["search"]["encoder"]
        assert rows[name].keys() == ENCODERS
    for encoder in ENCODERS:
        first, lines, last = (found[encoder] for found in rows.values())
        assert {*first} == {*lines} == {*SLOTS} - {"ac-unknown"}
        assert {*last} == {*SLOTS}
        for slot, step in first.items():
            assert step["clusterer"] == slot
            assert lines[slot]["reducer"] == last[slot]["reducer"] == step["reducer"]


def test_the_recipe_is_read_back_and_run(folder: Path) -> None:
    """Each encoder has what the last file says, in every slot."""
    text = (folder / "selected.toml").read_text(encoding="utf-8")
    recipe = tomllib.loads(text)["recipe"]["search"]["encoder"]
    answer = zscwh(folder, "query", "results", "-p", "grid=final", "-f", "csv")
    ran = [
        (row["encoder"], row["reducer"], row["clusterer"])
        for row in csv.DictReader(io.StringIO(answer))
    ]
    assert sorted(ran) == sorted(
        (encoder, step["reducer"], step["clusterer"])
        for encoder, steps in recipe.items()
        for step in steps.values()
    )
