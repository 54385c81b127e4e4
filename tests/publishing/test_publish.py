"""A warehouse as a folder for a static host."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner
from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

from tests.report.conftest import filled_warehouse, store
from zsc_wh.cli import cli
from zsc_wh.publishing import CHECKSUMS
from zsc_wh.publishing.evaluations import file_name

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from zsc_wh.warehouse import Warehouse

__all__ = ["filled_warehouse", "store"]

TITLE = '</script> \u05d0 "ours"'


def _publish(warehouse: Path, folder: Path, *options: str) -> Result:
    command = ["--warehouse", str(warehouse), "publish", str(folder), *options]
    return CliRunner().invoke(cli, command)


@pytest.fixture(scope="module")
def source(
    filled_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a warehouse that knows a machine and folders of somebody."""
    path = tmp_path_factory.mktemp("source") / "filled.duckdb"
    shutil.copy(filled_warehouse.path, path)

    def plant(con: object) -> None:
        con.execute(  # type: ignore[attr-defined]
            "insert into shard select distinct sha256(cast(shard_seq as varchar)),"
            " shard_seq, 1, 'annas-box', timestamptz '2026-01-01' from run"
            " where shard_seq not in (select shard_seq from shard)"
        )
        con.execute("update run set host = 'annas-box'")  # type: ignore[attr-defined]
        con.execute(  # type: ignore[attr-defined]
            "update grid set toml = toml || '# see \"/home/anna b/x y.npz\", '"
            " || 'annas-box:/home/anna/z.npz and https://example.org/a/b'"
        )

    type(filled_warehouse)(path).write(plant)
    return path


@pytest.fixture(scope="module")
def site(source: Path) -> Path:
    """Return what is published of it."""
    folder = source.parent / "site"
    options = ("--title", TITLE, "--benchmark", "org/name", "--licence", "CC-BY-4.0")
    done = _publish(source, folder, *options)
    assert done.exit_code == 0, done.output
    return folder


def test_files_are_those_of_the_checksums_and_the_metadata(site: Path) -> None:
    """Each by its sha256; the columns of a table are the fields of its records."""
    lines = (site / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    sums = {name: sha256 for sha256, name in (line.split("  ") for line in lines)}
    for name, sha256 in sums.items():
        assert hashlib.sha256((site / name).read_bytes()).hexdigest() == sha256
    metadata = json.loads((site / "croissant.json").read_text(encoding="utf-8"))
    assert metadata["name"] == TITLE
    files = {file["@id"]: file["sha256"] for file in metadata["distribution"]}
    assert files.items() <= sums.items()
    assert "result.parquet" in files
    for records in metadata["recordSet"]:
        columns = [field["source"]["extract"]["column"] for field in records["field"]]
        assert columns == [*pl.read_parquet_schema(site / f"{records['@id']}.parquet")]


@pytest.mark.filterwarnings("ignore")  # those of what the library uses
def test_the_metadata_is_valid_croissant(site: Path) -> None:
    """As the library of the format reads it, with a record of a table."""
    mlc = pytest.importorskip("mlcroissant", reason="comes with the extra dev")
    dataset = mlc.Dataset(str(site / "croissant.json"))
    assert not dataset.metadata.issues.errors
    assert "result/encoder" in next(iter(dataset.records("result")))


def test_what_is_private_about_a_machine_is_not_there(site: Path) -> None:
    """Neither in a table nor on the page; addresses stay."""
    texts = [(site / "index.html").read_text(encoding="utf-8")]
    texts += [
        json.dumps(pl.read_parquet(file).to_dicts(), default=str)
        for file in site.glob("*.parquet")
    ]
    assert not [text for text in texts if "annas-box" in text or "/home/" in text]
    declared = pl.read_parquet(site / "grid.parquet")["toml"]
    cleaned = 'see "x y.npz", host-1:z.npz and https://example.org/a/b'
    assert declared.str.contains(cleaned, literal=True).all()


def test_the_same_warehouse_gives_the_same_bytes(site: Path, source: Path) -> None:
    """Into a folder of an earlier publication, which is replaced."""
    before = (site / CHECKSUMS).read_bytes()
    options = ("--title", TITLE, "--benchmark", "org/name", "--licence", "CC-BY-4.0")
    assert _publish(source, site, *options).exit_code == 0
    assert (site / CHECKSUMS).read_bytes() == before


def test_records_are_as_the_hub_reads_them(site: Path) -> None:
    """A task of the benchmark each; a file per encoder."""
    tasks = json.loads((site / "eval.yaml").read_text(encoding="utf-8"))["tasks"]
    found = {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in (site / ".eval_results").iterdir()
    }
    assert {*found} == {"resnet50", "dino_vitb16", "pixels"}
    for (record,) in found.values():
        entry = EvalResultEntry(
            record["dataset"]["id"],
            record["dataset"]["task_id"],
            record["value"],
            notes=record["notes"],
        )
        assert [record] == eval_result_entries_to_yaml([entry])
        assert record["dataset"]["task_id"] in {task["id"] for task in tasks}


def test_a_folder_of_somebody_else_is_left_alone(site: Path, source: Path) -> None:
    """Also one of ours to which a file was added."""
    added = site / "notes.txt"
    added.write_text("mine", encoding="utf-8")
    done = _publish(source, site)
    added.unlink()
    assert done.exit_code
    assert "was not published: 'notes.txt'" in str(done.exception)


@pytest.mark.parametrize("name", ["a/b", "..", "<x>\n\u202e", "n" * 500])
def test_a_hostile_name_is_a_safe_file(name: str) -> None:
    """Short, and another for each name."""
    assert name != file_name(name)
    assert len(file_name(name)) < 80
    assert not {*file_name(name)} & {*"/\\<>\n"}
    assert not file_name(name).startswith(".")
