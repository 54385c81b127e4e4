"""``explain`` where names have versions: a label was corrected, the grid was edited."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.cli.explained import CELL, facts_of, run_line, value_of

if TYPE_CHECKING:
    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

OLD = CELL.replace("blobs", "blobs@1")


@pytest.fixture(scope="module")
def ingested(module_grid: tuple[MakeGrid, Command]) -> Path:
    """Ingest, correct a label, add a clusterer, ingest again; return the folder."""
    make_grid, zscwh = module_grid
    grid = make_grid(clusterers=["kmeans"])
    zscwh("ingest", grid)
    folder = grid.parent
    for name in ("blobs.npz", "tiny.toml"):
        shutil.copy(folder / name, folder / f"before{Path(name).suffix}")
    arrays = dict(np.load(folder / "before.npz"))
    arrays["y_true"][0] = 1
    np.savez(folder / "blobs.npz", **arrays)
    text = grid.read_text(encoding="utf-8").replace('"kmeans"]', '"kmeans", "spare"]')
    grid.write_text(text, encoding="utf-8")
    zscwh("ingest", grid)
    return folder


@pytest.fixture
def corrected(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of that folder."""
    shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scores_name_the_labels_that_they_are_against(corrected: Path) -> None:
    """Those of another version of the dataset carry its name."""
    now, before = facts_of(CELL), facts_of(OLD)
    ami = "ami/labels/all/class"
    assert value_of(now, "score", ami) == value_of(before, "score", f"{ami} (blobs)")
    assert value_of(before, "score", ami) == value_of(now, "score", f"{ami} (blobs@1)")
    assert value_of(now, "score", ami) != value_of(before, "score", ami)
    silhouette = "silhouette/reduced/all"
    assert value_of(now, "score", silhouette) == value_of(before, "score", silhouette)


def test_a_version_is_explained_as_it_was(corrected: Path) -> None:
    """Labels and number of the version are those of then, the rest is shared."""
    now, before = facts_of(CELL), facts_of(OLD)
    assert value_of(now, "dataset", "version") == "2 of 2"
    assert value_of(before, "dataset", "version") == "1 of 2"
    assert value_of(before, "cell", "dataset") == "blobs@1"
    assert value_of(before, "cell", "wanted") == "by earlier declarations alone"
    for part, is_shared in (("dataset", True), ("labels", False), ("cell", True)):
        is_same = value_of(now, part, "key") == value_of(before, part, "key")
        assert is_same is is_shared
    assert [fact[1:] for fact in before if fact[0] == "grid"] == [
        ("tiny", f"tiny.toml: {CELL} at class"),
        ("tiny@1", f"tiny.toml: {CELL} at class"),
    ]


def test_a_key_stands_for_the_names_that_hold_now(corrected: Path) -> None:
    """What the cell was called before is listed beside them."""
    key = value_of(facts_of(OLD), "cell", "key")
    assert value_of(facts_of(key), "cell", "dataset") == "blobs"
    also = "by earlier declarations alone"
    assert value_of(facts_of(key), "also", "names") == f"{OLD} at class, wanted {also}"


def test_the_grid_of_a_version_is_that_of_then(corrected: Path) -> None:
    """Each declaration has a file of its own, and only the newest is taken by key."""
    key = value_of(facts_of(OLD, "--grid", "then.toml"), "cell", "key")
    assert Path("then.toml").read_bytes() == Path("before.toml").read_bytes()
    facts_of(key, "--grid", "now.toml")
    assert Path("now.toml").read_bytes() == Path("tiny.toml").read_bytes()


def test_a_version_can_be_made_again(corrected: Path) -> None:
    """The printed commands run as they stand, once the data are what they were."""
    before = facts_of(OLD)
    assert "by tiny@1" in value_of(before, "again", "declared")
    assert "put back what blobs@1 was" in value_of(before, "again", "dataset")
    shutil.copy("before.npz", "blobs.npz")
    for name in ("grid file", "run"):
        run_line(value_of(before, "again", name))
    assert Path("tiny@1.toml").read_bytes() == Path("before.toml").read_bytes()
    after = facts_of(CELL)
    ami = "ami/labels/all/class"
    assert value_of(after, "dataset", "version") == "1 of 2"
    assert value_of(after, "run", "key") != value_of(before, "run", "key")
    assert value_of(after, "score", ami) == value_of(before, "score", ami)


def test_what_another_grid_changed_is_told(corrected: Path, zscwh: Command) -> None:
    """A grid can want what its names no longer mean; its file alone is not enough."""
    text = Path("before.toml").read_text(encoding="utf-8")
    Path("other.toml").write_text(text.replace("tiny", "other"), encoding="utf-8")
    shutil.move("blobs.npz", "after.npz")
    shutil.copy("before.npz", "blobs.npz")
    zscwh("ingest", "other.toml")
    shutil.move("after.npz", "blobs.npz")
    zscwh("ingest", "tiny.toml")
    facts = facts_of(OLD)
    assert value_of(facts, "cell", "wanted") == "now"
    assert " ingest other.toml " in value_of(facts, "again", "run")
    assert "put back what blobs@1 was" in value_of(facts, "again", "dataset")
    assert not [fact for fact in facts if fact[:2] == ("again", "declared")]
