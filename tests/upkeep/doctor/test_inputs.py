from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.upkeep.doctor.found import the_one
from zsc_wh import datasets, encoders
from zsc_wh.declare import read_catalog
from zsc_wh.encoders import WeightsStatus
from zsc_wh.upkeep import doctor
from zsc_wh.upkeep.doctor import State, inputs

if TYPE_CHECKING:
    from zsc_wh.declare import Catalog
    from zsc_wh.warehouse import Warehouse


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Read a catalog with a dataset that is not here."""
    path = tmp_path / "mine.toml"
    path.write_text(
        "[dataset.far]\nloader = { kind = 'folder', path = '${ZSCWH_DATA}/far' }\n"
    )
    return read_catalog([path])


@pytest.mark.parametrize(
    ("value", "state"),
    [(None, State.NOTE), ("no-such-folder", State.PROBLEM), (".", State.OK)],
)
def test_the_folder_of_data(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, value: str | None, state: State
) -> None:
    """Not set is a note, since digits need none; a wrong folder is a problem."""
    monkeypatch.delenv("ZSCWH_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("ZSCWH_DATA", value)
    assert the_one(inputs.look(catalog), "ZSCWH_DATA").state is state


def test_what_misses_one_thing_is_one_finding(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is not set would otherwise be told for each of 60 datasets."""
    monkeypatch.delenv("ZSCWH_DATA", raising=False)
    unset = [each for each in inputs.look(catalog) if "is not set" in each.detail]
    assert [each.what.startswith("mnist, mnist_train, ") for each in unset] == [True]
    assert unset[0].what.endswith(" more")
    assert unset[0].detail == "the environment variable ZSCWH_DATA is not set"
    monkeypatch.setenv("ZSCWH_DATA", "/nowhere")
    assert str(the_one(inputs.look(catalog), "far").detail).startswith("/nowhere/far")


def test_a_dataset_is_listed_or_says_what_is_missing(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is here is counted; what is not names the place."""
    monkeypatch.setenv("ZSCWH_DATA", str(tmp_path))
    found = list(inputs.look(catalog))
    assert the_one(found, "digits").detail == "1,797 samples, 10 classes"
    far = the_one(found, "far")
    assert far.state is State.NOTE
    assert str(tmp_path / "far") in far.detail


def test_no_sample_is_read(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A dataset is listed without the digests that tell its content."""
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        path = tmp_path / "far" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no image")
    monkeypatch.setenv("ZSCWH_DATA", str(tmp_path))
    read: list[object] = []
    specs = {
        kind: replace(spec, digests=lambda *args: read.append(args))  # type: ignore[arg-type]
        for kind, spec in datasets.LOADERS.items()
    }
    monkeypatch.setattr(datasets, "LOADERS", specs)
    found = list(inputs.look(catalog))
    assert the_one(found, "far").detail == "3 samples, 2 classes"
    assert the_one(found, "digits").state is State.OK
    assert not read


def test_listing_ends_in_time(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the budget, the rest is named and not looked at."""
    monkeypatch.setattr(inputs, "BUDGET_S", -1.0)
    assert "not looked at" in the_one(inputs.look(catalog), "digits").detail


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        (
            WeightsStatus(True, Path("/w.pth"), None, measure=lambda: 2**20),
            State.OK,
            "/w.pth, 1 MiB",
        ),
        (
            WeightsStatus(False, Path("/w.pth"), "https://x/w.pth"),
            State.NOTE,
            "not downloaded yet An ingest downloads what it needs; ",
        ),
        (
            WeightsStatus(False, Path("/w.pth"), None),
            State.NOTE,
            "/w.pth: the file of the weights is not there A relative path",
        ),
    ],
)
def test_weights_are_found_or_say_where_they_go(
    catalog: Catalog,
    monkeypatch: pytest.MonkeyPatch,
    status: WeightsStatus,
    state: State,
    said: str,
) -> None:
    """Place and size of what is here; what can be had is told in one line for all."""
    monkeypatch.setattr(encoders, "weights_status", lambda *_: status)
    finding = the_one(inputs.look(catalog), "pixels")
    assert finding.state is state
    assert said in f"{finding.detail} {finding.hint}"


def test_looking_changes_nothing(
    warehouse: Warehouse, catalog: Catalog, tmp_path: Path
) -> None:
    """No file is made, removed or written."""
    warehouse.inbox.mkdir()

    def seen() -> dict[Path, tuple[int, int]]:
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_size)
            for path in tmp_path.rglob("*")
        }

    before = seen()
    assert list(doctor.findings(warehouse.path, catalog))
    assert seen() == before
