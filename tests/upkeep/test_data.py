"""Which published datasets are here: one state each, and how to get the others."""

from __future__ import annotations

import csv
import io
import os
import re
from typing import TYPE_CHECKING

from tests.datasets import layouts
from zsc_wh.declare import read_catalog
from zsc_wh.upkeep.data import DataState, data_states

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.commands import Command


def make(base: Path) -> tuple[Path, Path]:
    """Write a dataset in each of two folders, and a file that is none."""
    first, second = base / "first", base / "second"
    layouts.LAYOUTS["utkface"][0](first)
    layouts.LAYOUTS["dtd"][0](second)
    (first / "svhn").mkdir()
    (first / "svhn" / "test_32x32.mat").write_text("x", encoding="utf-8")
    return first, second


def states(*roots: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, DataState]:
    """Return what is known with some folders of data."""
    monkeypatch.setenv("ZSCWH_DATA", os.pathsep.join(map(str, roots)))
    return {each.dataset: each for each in data_states(read_catalog())}


def test_each_dataset_has_a_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found, of another size, missing or faulty, over several folders."""
    first, second = make(tmp_path)
    found = states(first, second, monkeypatch=monkeypatch)
    assert found.keys() == read_catalog().datasets.keys()
    assert found["digits"][1:3] == ("found", 1797)
    assert found["utkface_train"][1:3] == ("wrong count", 6)
    dtd = found["dtd"]
    assert dtd[1:4] == ("wrong count", 2, 1880)
    assert dtd.detail == (
        "2 samples, published with 1,880; 2 classes, published with 47"
    )
    assert found["svhn"].state == "faulty"
    assert "not a MATLAB file" in str(found["svhn"].detail)
    celeba = found["celeba"]
    assert (celeba.state, celeba.samples, celeba.published) == ("missing", None, 19962)
    # what tells where to put it and where to get it
    for root in (first, second):
        assert str(root / "celeba" / "identity_CelebA.txt") in celeba.place
        assert str(root / "celeba" / "identity_CelebA.txt") in str(celeba.detail)
    assert celeba.homepage == "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
    assert celeba.licence == "non-commercial research only"


def test_a_folder_without_the_files_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where other datasets lie, or an empty folder was made, nothing is faulty."""
    for entry in read_catalog().datasets.values():
        path = entry.loader.get("path") or ""
        if path.startswith("${ZSCWH_DATA}/"):
            place = tmp_path / path.removeprefix("${ZSCWH_DATA}/")
            (place.parent if place.suffix else place).mkdir(parents=True, exist_ok=True)
    found = states(tmp_path, monkeypatch=monkeypatch)
    assert {each.state for each in found.values()} == {"missing", "found"}
    assert found["digits"].state == "found"


def test_without_a_folder_all_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for what a package holds; it says what to set."""
    found = states(monkeypatch=monkeypatch)
    assert {name for name, each in found.items() if each.state != "missing"} == {
        "digits"
    }
    assert "export ZSCWH_DATA=/folder (or --data /folder)" in str(found["mnist"].detail)


def test_the_command_takes_folders(zscwh: Command, tmp_path: Path) -> None:
    """In place of the variable, and several of them."""
    first, second = make(tmp_path)
    done = zscwh(
        "catalog", "datasets", "--check", "--data", first, "--data", second, "-f", "csv"
    )
    rows = {row["dataset"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows["utkface_train"]["samples"] == "6"
    assert rows["dtd"]["state"] == "wrong count"


def test_only_what_lies_on_a_disk_is_checked(zscwh: Command) -> None:
    """Anything else is a mistake."""
    done = zscwh("catalog", "recipes", "--check", code=2)
    assert "--check goes with encoders or datasets, not with recipes." in done.stderr


TABLE = """
imagenet       | In-domain    | 50 000  | 1000   | 1.00   | imagenet_train
imagenetv2     | In-domain    | 10 000  | 1000   | 1.00   | none
cifar10        | In-domain    | 10 000  | 10     | 1.00   | cifar10_train
cifar100       | In-domain    | 10 000  | 100    | 1.00   | cifar100_train
in9original    | In-domain    | 4 050   | 9      | 1.00   | in9original_train
in9onlyfg      | Domain-shift | 4 050   | 9      | 1.00   | in9onlyfg_train
in9mixedrand   | Domain-shift | 4 050   | 9      | 1.00   | in9mixedrand_train
imagenet-r     | Domain-shift | 30 000  | 200    | 8.43   | none
imagenet-sketch| Domain-shift | 50 889  | 1000   | 1.02   | none
imagenet-o     | Near-OOD     | 2 000   | 200    | 6.00   | none
lsun           | Near-OOD     | 10 000  | 10     | 1.00   | lsun_train
places365      | Near-OOD     | 36 500  | 365    | 1.00   | places365_train
aircraft       | Fine-grained | 3 333   | 100    | 1.03   | aircraft_train
stanfordcars   | Fine-grained | 8 041   | 196    | 2.83   | stanfordcars_train
flowers102     | Fine-grained | 6 149   | 102    | 11.90  | flowers102_train
nabirds        | Fine-grained | 24 633  | 555    | 6.67   | nabirds_train
bioscan1m      | Fine-grained | 24 799  | 2688   | 782.50 | bioscan1m_train
inaturalist    | Fine-grained | 100 000 | 10 000 | 1.00   | inaturalist_train
celeba         | Far-OOD      | 19 962  | 1000   | 32.00  | celeba_train
utkface        | Far-OOD      | 5 925   | 101    | 549.00 | utkface_train
breakhis       | Far-OOD      | 3 164   | 32     | 8.60   | breakhis_train
dtd            | Far-OOD      | 1 880   | 47     | 1.00   | dtd_train
eurosat        | Far-OOD      | 4 050   | 10     | 1.50   | eurosat_train
mnist          | Far-OOD      | 10 000  | 10     | 1.27   | mnist_train
fashionmnist   | Far-OOD      | 10 000  | 10     | 1.00   | fashionmnist_train
svhn           | Far-OOD      | 26 032  | 10     | 3.20   | svhn_train
"""
"""The test sets of the study: group, samples, classes, imbalance, references."""

VALIDATION = """
imagenet_validation   | 50 000 | imagenet/train
imagenette_validation | 3 925  | imagenette/train
imagewoof_validation  | 3 929  | imagewoof/train
"""
"""The sets on which its hyper-parameters were selected: samples, and of which files."""


def _typed(table: str) -> list[list[str]]:
    return [re.split(r" *\| *", line) for line in table.strip().splitlines()]


def test_the_catalog_has_the_rows_of_the_study(zscwh: Command) -> None:
    """As the command lists them, against a table that was typed by hand."""
    done = zscwh("catalog", "datasets", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    expected = {
        name: (group, f"n={n}, classes={c}, imbalance={float(rho)}", train)
        for name, group, n, c, rho, train in (
            [cell.replace(" ", "") for cell in row] for row in _typed(TABLE)
        )
    }
    assert {
        row["name"]: (row["domain_group"], row["expected"], row["train"] or "none")
        for row in rows
        if row["tags"] == "@test"
    } == expected
    assert len(expected) == 26
    validation = {row["name"]: row for row in rows if row["tags"] == "@validation"}
    typed = _typed(VALIDATION)
    assert validation.keys() == {name for name, *_ in typed}
    for name, n, path in typed:
        row = validation[name]
        assert f"n={n.replace(' ', '')}," in row["expected"]
        assert f"path=${{ZSCWH_DATA}}/{path}," in row["loader"]
        assert "part=test, seed=0, stratified=True" in row["subset"]
