"""A path that a user gives is never taken for a pattern."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import save_file

import zsc_wh
from tests.datasets.made import list_samples, make_image, make_zip, open_images
from tests.warehouse.rows import declared
from zsc_wh.datasets.sources import ArrayFile, read_id_file
from zsc_wh.declare.grid import grid_file
from zsc_wh.exchange import export, restore
from zsc_wh.shards import write_shard
from zsc_wh.upkeep.doctor import files
from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.paths import as_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ODD = "set[1]*?"
"""A folder's name that is a pattern, too: it matches `DECOY`, and not itself."""

DECOY = "set1xx"


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Return a folder whose name is a pattern."""
    (tmp_path / ODD).mkdir()
    return tmp_path / ODD


def beside(odd: Path) -> Path:
    """Copy a folder to where its name as a pattern leads."""
    return shutil.copytree(odd, odd.with_name(DECOY))


def write_table(folder: Path, name: str, label: str) -> None:
    frame = pl.DataFrame({"path": ["1.png"], "class": [label]})
    with (folder / name).open("wb") as file:
        if name.endswith(".parquet"):
            frame.write_parquet(file)
        else:
            frame.write_csv(file, separator="\t" if "tsv" in name else ",")


@pytest.mark.parametrize("name", ["t[1].csv", "t[1].tsv", "t*.parquet"])
def test_table_of_that_very_name_is_read(name: str, odd: Path) -> None:
    """Neither folder nor file name of a table is a pattern."""
    make_image(odd / "1.png")
    decoy = beside(odd)
    for folder, label in ((odd, "right"), (decoy, "other")):
        plain = name.replace("[1]", "1").replace("*", "x")
        write_table(folder, plain, "other")
        write_table(folder, name, label)
    listing = list_samples(
        odd.parent, "manifest", path=f"{ODD}/{name}", levels=["class"]
    )
    assert listing.levels[0].class_names == ("right",)


def _npy(path: Path, value: float) -> None:
    with path.open("wb") as file:
        np.save(file, np.full((2, 3), value, np.float32))


def _npz(path: Path, value: float) -> None:
    with path.open("wb") as file:
        np.savez(file, e=np.full((2, 3), value), ids=[f"{value}", "x"])


def _parquet(path: Path, value: float) -> None:
    with path.open("wb") as file:
        pl.DataFrame({"e": [[value] * 3] * 2, "ids": [f"{value}", "x"]}).write_parquet(
            file
        )


def _safetensors(path: Path, value: float) -> None:
    save_file({"e": np.full((2, 3), value, np.float32)}, path)


@pytest.mark.parametrize("write", [_npy, _npz, _parquet, _safetensors])
def test_features_of_that_very_name_are_read(
    write: Callable[[Path, float], None], odd: Path
) -> None:
    """Stored arrays come from the file that is named, shape and values."""
    name = "e[1]*"
    decoy = beside(odd)
    for folder in (odd, decoy):
        write(folder / "e1x", 2.0)
        write(folder / name, 2.0)
    write(odd / name, 1.0)
    file = ArrayFile(odd / name)
    assert file.shape("e") == (2, 3)
    assert np.unique(file.read("e")).tolist() == [1.0]
    if "ids" in file.names:
        assert list(file.labels("ids")) == ["1.0", "x"]
        assert read_id_file(odd / name, "ids") == ("1.0", "x")


@pytest.mark.parametrize("packed", [False, True])
def test_images_of_that_very_folder_are_read(packed: bool, odd: Path) -> None:
    """Folders and archives of images are found by name."""
    make_image(odd / "a[1]" / "1.png", (12, 9))
    make_image(beside(odd) / "a1" / "1.png", (20, 30))
    path = ODD
    if packed:
        path = f"{ODD}/x[1].zip"
        make_zip(odd, odd.parent / "x.zip").rename(odd / "x[1].zip")
    listing = list_samples(odd.parent, "folder", path=path)
    assert listing.sample_ids == ("a[1]/1.png",)
    assert open_images(odd.parent, "folder", path=path)[0].size == (12, 9)


def test_grid_of_that_very_name_is_read(odd: Path) -> None:
    """A grid file is found by name."""
    (odd / "g[1].toml").write_text('name = "right"')
    assert grid_file(str(odd / "g[1].toml")) == odd / "g[1].toml"


def load_into(path: Path, name: str) -> Warehouse:
    """Make a warehouse, and load a shard that declares a name."""
    warehouse = Warehouse(path)
    write_shard(warehouse.inbox, declared(name=name), name)
    assert warehouse.load().bad == []
    return warehouse


def names(warehouse: Warehouse) -> list[str]:
    frame = warehouse.sql("select name from encoder_name order by name")
    return frame["name"].to_list()


@pytest.mark.parametrize("from_inbox", [True, False])
def test_shards_of_that_very_inbox_are_loaded(from_inbox: bool, odd: Path) -> None:
    """The loader reads the shards that it verified, not those of a folder beside."""
    # DuckDB itself cannot open a file with a question mark in its path
    place = odd.parent / "set[1]*" if from_inbox else odd
    place.mkdir(exist_ok=True)
    inbox = Warehouse(place / "w.duckdb").inbox if from_inbox else place / "shards"
    path = place / "w.duckdb" if from_inbox else odd.parent / "w.duckdb"
    shard = write_shard(inbox, declared(name="right"), "right")
    other = write_shard(odd.parent / "o", declared(name="other"), "other")
    twin = odd.with_name(DECOY) / shard.relative_to(place)
    shutil.copytree(other, twin)
    warehouse = Warehouse(path)
    report = warehouse.load(None if from_inbox else inbox)
    assert (report.shards, report.bad) == (1, [])
    assert names(warehouse) == ["right"]


def test_export_of_that_very_folder_comes_back(odd: Path) -> None:
    """Another backup's rows never come in for those of a folder with brackets."""
    places = {"right": odd / "backup[1]", "other": odd.with_name(DECOY) / "backup1"}
    for name, folder in places.items():
        export(load_into(odd.parent / f"{name}.duckdb", name), folder)
    new = Warehouse(odd.parent / "new.duckdb")
    restore(new, odd / "backup[1]")
    assert names(new) == ["right"]


def test_a_backslash_is_refused_rather_than_read_elsewhere(tmp_path: Path) -> None:
    """DuckDB would read another folder, so such a shard is refused."""
    shard = write_shard(tmp_path / "a\\b", declared(name="right"), "right")
    other = write_shard(tmp_path / "o", declared(name="other"), "other")
    shutil.copytree(other, tmp_path / "a" / "b" / shard.name)
    warehouse = Warehouse(tmp_path / "w.duckdb")
    ((_, reason),) = warehouse.load(tmp_path / "a\\b").bad
    assert "backslash" in reason
    assert names(warehouse) == []


def test_doctor_finds_the_log_of_that_very_file(odd: Path) -> None:
    """A log that was set aside is told of the warehouse that it belongs to."""
    path = odd.parent / "w[1].duckdb"
    Warehouse(path).create()
    (odd.parent / "w1.duckdb.wal.bad").touch()
    assert not [found for found in files.look(path) if found.what == "log"]
    (odd.parent / "w[1].duckdb.wal.bad").touch()
    assert len([found for found in files.look(path) if found.what == "log"]) == 1


def test_pattern_of_a_plain_path_is_the_path(tmp_path: Path) -> None:
    """Only wildcards are put between brackets."""
    assert as_pattern(tmp_path / "ä b]-{1}.parquet") == f"{tmp_path}/ä b]-{{1}}.parquet"
    assert as_pattern(tmp_path / "[*?") == f"{tmp_path}/[[][*][?]"


# The rule, in the source: what globs never gets a path from outside.

_READERS = re.compile(r"(read|scan)_(csv|parquet|ipc|ndjson|delta|excel)\w*")
_SQL = re.compile(r"\b(read_(csv|parquet|json)\w*|parquet_scan)\(|\bcopy \w+ from\b")


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield module, name of the function, and every call in the package."""
    root = Path(zsc_wh.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                yield str(path.relative_to(root)), name, node


def is_open_file(node: ast.expr) -> bool:
    """Whether an argument is an open file by its name, or bytes."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith("BytesIO")
    return isinstance(node, ast.Name) and node.id == "file"


def is_ours(pattern: ast.expr) -> bool:
    """Whether a pattern is made of nothing but texts and constants of the source."""
    return all(
        isinstance(node, ast.Name) and node.id.isupper()
        for node in ast.walk(pattern)
        if isinstance(node, ast.Name | ast.Attribute | ast.Call)
    )


def test_polars_gets_open_files() -> None:
    """A reader of polars takes a path for a pattern, and an open file for itself."""
    readers = [(m, n, c) for m, n, c in calls() if _READERS.fullmatch(n)]
    assert len(readers) >= 5
    wrong = [
        f"{module}:{call.lineno} {name}"
        for module, name, call in readers
        if not (call.args and is_open_file(call.args[0]))
    ]
    assert wrong == []


def test_pathlib_gets_patterns_of_our_own() -> None:
    """A pattern that holds a user's name matches other files."""
    wrong = [
        f"{module}:{call.lineno} {ast.unparse(call)}"
        for module, name, call in calls()
        if name in ("glob", "iglob", "rglob")
        and module != "warehouse/paths.py"  # looks what DuckDB would match
        and not is_ours(call.args[0])
        # the folders of the package, by a pattern that its caller writes out
        and "data_folder(" not in ast.unparse(call)
    ]
    assert wrong == []


def test_duckdb_reads_files_in_three_modules_only() -> None:
    """Where SQL names a file, the path goes through `as_pattern`."""
    root = Path(zsc_wh.__file__).parent
    texts: dict[str, Any] = {}
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for match in _SQL.finditer(node.value):
                    texts.setdefault(str(path.relative_to(root)), []).append(match[0])
    modules = {"dump", "load", "mapped"}
    assert set(texts) == {f"warehouse/{name}.py" for name in modules}
    for module in texts:
        source = (root / module).read_text(encoding="utf-8")
        assert source.count("as_pattern(") == source.count("read_parquet(")
