"""An archive is gone through once while a plan is made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets.made import loader, make_folder, make_image, make_tar, make_zip
from zsc_wh import datasets
from zsc_wh.datasets import archives_stay_open
from zsc_wh.datasets.tars import Tar
from zsc_wh.datasets.zips import Zip
from zsc_wh.declare import read_grids
from zsc_wh.engine.plan import make_plan
from zsc_wh.engine.recorded import read_recorded
from zsc_wh.store import Store
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = """
name = "packed"
[dataset.animals]
loader = { kind = "folder", path = "x" }
[[cross]]
datasets = ["animals"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""
PACKERS: dict[str, tuple[Callable[[Path, Path], object], dict[str, int]]] = {
    "zip": (make_zip, {"_indexed": 1}),
    "tar": (make_tar, {"_indexed": 1}),
    # a compressed one is decompressed to list it, and once more to read it
    "tar.gz": (lambda a, b: make_tar(a, b, "w:gz"), {"_streamed": 1, "_indexed": 1}),
}
packed = pytest.mark.parametrize(("pack", "passes"), PACKERS.values(), ids=PACKERS)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often an archive was gone through, and how."""
    counted: Counter[str] = Counter()

    def count(archive: type, name: str) -> None:
        method = getattr(archive, name)

        def counting(self: Any) -> Any:
            members = method(self)
            counted[name] += members is not None
            return members

        monkeypatch.setattr(archive, name, counting)

    for archive in (Zip, Tar):
        count(archive, "_indexed")
        count(archive, "_streamed")
    return counted


@packed
def test_a_plan_goes_through_an_archive_once(
    pack: Callable[[Path, Path], object],
    passes: dict[str, int],
    tmp_path: Path,
    passed: Counter[str],
) -> None:
    """Listed, read for digests, and decoded to see which classes have an image."""
    pack(make_folder(tmp_path / "animals"), tmp_path / "x")
    (tmp_path / "grid.toml").write_text(GRID, encoding="ascii")
    warehouse = Warehouse(tmp_path / "w.duckdb")
    warehouse.create()
    grids, _ = read_grids([str(tmp_path / "grid.toml")])
    make_plan(grids, read_recorded(warehouse), Store(tmp_path / "store"))
    assert {name: n for name, n in passed.items() if n} == passes


@packed
def test_an_archive_that_was_replaced_is_opened_anew(
    pack: Callable[[Path, Path], object], passes: dict[str, int], tmp_path: Path
) -> None:
    """What stays open is known by the state of its file."""
    del passes
    params = loader("folder", path="x")
    pack(make_folder(tmp_path / "animals"), tmp_path / "x")
    with archives_stay_open():
        before = datasets.list_samples(params, tmp_path, None)
        make_image(tmp_path / "animals" / "new.png", seed=9)
        (tmp_path / "x").unlink()
        pack(tmp_path / "animals", tmp_path / "x")
        after = datasets.list_samples(params, tmp_path, None)
    assert len(after) == len(before) + 1
    assert {*before.digests} < {*after.digests}
