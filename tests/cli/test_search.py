"""The study's search through the command line, grid by grid, on small made features.

The grids are the shipped ones, with other datasets, encoders and reducers. What is
selected is compared with winners worked out here from the scores.
"""

from __future__ import annotations

import json
import tomllib
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from zsc_wh.declare import shipped_grids

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

pytestmark = pytest.mark.slow

SETS = ("val_a", "val_b", "val_c")
ENCODERS = ("near", "far")
STAGES = {"search": "reducers", "search-2": "lines", "search-3": "selected"}
"""Each grid, and the file that its winners make."""

NAMES = {
    '"@validation"': '["val_a", "val_b", "val_c"]',
    '["imagenette_validation", "imagewoof_validation"]': '["val_b", "val_c"]',
    '"@study"': '["near", "far"]',
    '"@search"': '["none", "zscore", "pca-2", "pca-5", "pca-0.90", "pca-0.99"]',
    '"pacmap-50"': '"pca-0.95"',
}
"""What stands in the place of names that need weights, data or minutes."""

FINAL = """
name = "final"
seeds = [1]
scores = ["ami"]
[[study]]
datasets = "val_a"
encoders = ["near", "far"]
recipes = "search"
"""


def write_data(folder: Path) -> None:
    """Write three datasets as two encoders see them, one of them with uneven scales."""
    rng = np.random.default_rng(3)
    scale = np.r_[np.ones(6), 12.0, 0.2]
    tables = []
    for number, name in enumerate(SETS):
        labels = np.repeat(np.arange(5), 16)
        centres = rng.normal(scale=1.6, size=(5, 8))
        near = centres[labels] + rng.normal(size=(80, 8))
        far = near * scale + rng.normal(scale=0.3 * number, size=(80, 8))
        for encoder, features in zip(ENCODERS, (near, far), strict=True):
            file = folder / f"{name}_{encoder}.npz"
            np.savez(file, embeddings=features.astype(np.float32), y_true=labels)
        tables.append(
            f"[dataset.{name}]\nloader = {{ kind = 'embeddings', "
            f"path = '{name}_near.npz', labels = 'y_true' }}\n"
        )
    tables += [
        f"[encoder.{encoder}]\nloader = {{ kind = 'embeddings', "
        f"path = '{{dataset}}_{encoder}.npz' }}\n"
        for encoder in ENCODERS
    ]
    (folder / "data.toml").write_text("".join(tables), encoding="utf-8")


def write_grid(folder: Path, name: str) -> Path:
    """Write a shipped grid for the made data."""
    text = shipped_grids()[name].read_text(encoding="utf-8")
    for old, new in NAMES.items():
        text = text.replace(old, new)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


class Searched(NamedTuple):
    """What the search left: its folder, and the recipe of each stage."""

    folder: Path
    zscwh: Command
    recipes: dict[str, Any]


@pytest.fixture(scope="module")
def searched(module_grid: tuple[MakeGrid, Command]) -> Searched:
    """Run the three grids, each with the file that the one before made."""
    make_grid, zscwh = module_grid
    folder = make_grid().parent
    write_data(folder)
    recipes = {}
    catalogs = ["--catalog", "data.toml"]
    for grid, name in STAGES.items():
        zscwh("ingest", write_grid(folder, grid), *catalogs)
        chosen = ["-p", f"grid={grid}", "-p", "twice=val_a"]
        source = ("catalog", "recipes", "--from-query", "search_winners", *chosen)
        zscwh(*source, "-o", f"{name}.toml")
        text = (folder / f"{name}.toml").read_text(encoding="utf-8")
        recipes[grid] = tomllib.loads(text)["recipe"]["search"]["encoder"]
        catalogs = ["--catalog", "data.toml", "--catalog", f"{name}.toml"]
    return Searched(folder, zscwh, recipes)


class Candidate(NamedTuple):
    """One reducer and clusterer, with AMI by dataset."""

    reducer: str
    clusterer: str
    amis: dict[str, float]

    @property
    def mean(self) -> float:
        """Its mean over the datasets, of which the first counts twice."""
        weights = {name: 2 if name == "val_a" else 1 for name in self.amis}
        total = sum(weights[name] * ami for name, ami in self.amis.items())
        return round(total / sum(weights.values()), 12)


def candidates(searched: Searched, grid: str) -> dict[tuple[str, str], list[Candidate]]:
    """Return the candidates of each encoder and slot of a grid, from the scores."""
    listed = searched.zscwh("catalog", "clusterers", "-f", "json").stdout
    slots = {row["name"]: row["slot"] for row in json.loads(listed)}
    answer = searched.zscwh("query", "results", "-p", f"grid={grid}", "-f", "json")
    rows = json.loads(answer.stdout)
    found: dict[tuple[str, str], list[Candidate]] = {}

    def named(row: dict[str, Any]) -> tuple[str, str, str]:
        return row["encoder"], row["reducer"], row["clusterer"]

    for key, cells in groupby(sorted(rows, key=named), key=named):
        encoder, reducer, clusterer = key
        # a variant begins with its slot
        slot = slots.get(clusterer) or clusterer.split(":")[0]
        made = Candidate(reducer, clusterer, {c["dataset"]: c["ami"] for c in cells})
        if "metric=arccos" not in clusterer:
            found.setdefault((encoder, slot), []).append(made)
    return found


def best(found: Iterable[Candidate], slot: str) -> Candidate:
    """Return the highest mean; of ties the usual clusterer, then the first name."""
    return min(found, key=lambda c: (-c.mean, c.clusterer != slot, c.clusterer))


def best_reducer(found: list[Candidate]) -> str:
    """Return the reducer of the study's rule, where there is no UMAP."""
    pca = [c for c in found if c.reducer in ("pca-2", "pca-5")]
    rest = [c for c in found if c not in pca and c.reducer != "pca-0.99"]
    base = min(pca, key=lambda c: (-c.mean, int(c.reducer.removeprefix("pca-"))))
    other = min(rest, key=lambda c: (-c.mean, c.reducer))
    return (other if round(other.mean - base.mean, 12) >= 0.001 else base).reducer


def best_threshold(found: list[Candidate], slot: str) -> Candidate:
    """Return the clusterer with the highest AMI relative to each dataset's best."""
    tops = {name: max(c.amis[name] for c in found) for name in SETS}
    shares = [
        c._replace(amis={n: c.amis[n] / top for n, top in tops.items() if top > 0})
        for c in found
    ]
    return best(shares, slot)


def test_the_first_grid_selects_reducers(searched: Searched) -> None:
    """Every encoder and clusterer has the reducer of the rule."""
    found = candidates(searched, "search")
    assert len(found) == len(ENCODERS) * 5
    reducers = set()
    for (encoder, slot), mine in found.items():
        step = searched.recipes["search"][encoder][slot]
        assert step == {"reducer": best_reducer(mine), "clusterer": slot}
        assert len(mine) == (7 if slot == "affinity" else 6)
        reducers.add(step["reducer"])
    assert len(reducers) > 1


def test_the_second_grid_selects_along_each_line(searched: Searched) -> None:
    """The reducers stay, and each line has the values of the study."""
    sizes = {"kmeans": 1, "ac-known": 13, "hdbscan": 6, "spectral": 4, "affinity": 6}
    moved = 0
    for (encoder, slot), mine in candidates(searched, "search-2").items():
        before = searched.recipes["search"][encoder][slot]
        chosen = best(mine, slot)
        assert len(mine) == sizes[slot]
        assert {c.reducer for c in mine} == {before["reducer"]}
        step = searched.recipes["search-2"][encoder][slot]
        assert step == before | {"clusterer": chosen.clusterer}
        moved += step != before
    assert moved


def test_the_third_grid_selects_thresholds_and_damping(searched: Searched) -> None:
    """AC without K has what AC with K had selected, and the best relative threshold."""
    for (encoder, slot), mine in candidates(searched, "search-3").items():
        step = searched.recipes["search-3"][encoder][slot]
        before = searched.recipes["search-2"][encoder]
        chosen = best(mine, slot)
        if slot == "ac-unknown":
            before[slot] = before["ac-known"]
            chosen = best_threshold(mine, slot)
        assert len(mine) == {"ac-unknown": 22, "affinity": 8}.get(slot, 1)
        assert step == before[slot] | {"clusterer": chosen.clusterer}


def test_the_recipe_is_read_back_and_run(searched: Searched) -> None:
    """The last file and the data are all that a study of the winners needs."""
    folder, zscwh, recipes = searched
    (folder / "final.toml").write_text(FINAL, encoding="utf-8")
    catalogs = ("--catalog", "data.toml", "--catalog", "selected.toml")
    zscwh("ingest", "final.toml", *catalogs)
    rows = json.loads(
        zscwh("query", "results", "-p", "grid=final", "-f", "json").stdout
    )
    ran = sorted((r["encoder"], r["reducer"], r["clusterer"]) for r in rows)
    assert ran == sorted(
        (encoder, step["reducer"], step["clusterer"])
        for encoder, steps in recipes["search-3"].items()
        for step in steps.values()
    )
    assert len(ran) == len(ENCODERS) * 6


def test_grids_that_need_a_recipe_say_so(searched: Searched) -> None:
    """They are listed without cells until a file with the recipe is given."""
    zscwh = searched.zscwh
    rows = json.loads(zscwh("catalog", "grids", "-f", "json").stdout)
    needs = {row["grid"]: row["needs_recipe"] for row in rows if row["needs_recipe"]}
    assert needs == {"search-2": "search", "search-3": "search"}
    assert [row["cells"] for row in rows if row["grid"] in needs] == [None, None]
    fault = zscwh("plan", "search-2", code=2).stderr
    assert "-p grid=search -o reducers.toml" in fault


def test_recipes_go_to_standard_output(searched: Searched) -> None:
    """But for the time and the command, it is what the file has."""
    folder, zscwh, _ = searched
    source = ("catalog", "recipes", "--from-query", "search_winners")
    printed = zscwh(*source, "-p", "grid=search", "-p", "twice=val_a").stdout
    written = (folder / "reducers.toml").read_text(encoding="utf-8")
    assert printed.partition("[")[2] == written.partition("[")[2]


def test_a_file_that_exists_is_kept(searched: Searched) -> None:
    """It may have been edited."""
    folder, zscwh, _ = searched
    before = (folder / "reducers.toml").read_bytes()
    source = ("catalog", "recipes", "--from-query", "search_winners")
    done = zscwh(*source, "-p", "grid=search", "-o", "reducers.toml", code=2)
    assert "reducers.toml: cannot be written (File exists)" in done.stderr
    assert (folder / "reducers.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (("encoders", "--from-query", "q"), "--from-query goes with recipes"),
        (("recipes", "--from-query", "q", "--check"), "without names and --check"),
        (("recipes", "--from-query", "q", "-f", "csv"), "writes TOML; leave --format"),
        (
            ("recipes", "-p", "grid=search"),
            "--param and --queries go with --from-query",
        ),
        (("recipes", "--from-query", "results"), "returns no column recipe, slot."),
    ],
)
def test_wrong_options(searched: Searched, args: tuple[str, ...], fault: str) -> None:
    """Options that do not go together are refused."""
    assert fault in searched.zscwh("catalog", *args, code=2).stderr
