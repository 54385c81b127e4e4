"""What a plan and an ingest say of datasets and their labels."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from sklearn.metrics import adjusted_mutual_info_score

import zsc_wh
from tests.engine.photos import edit, executed, make, new_work, write_photo
from zsc_wh.datasets import Digests
from zsc_wh.declare import read_grids
from zsc_wh.engine import listed
from zsc_wh.engine.plan import make_plan
from zsc_wh.engine.recorded import read_recorded
from zsc_wh.store import Store
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

LACKING = ("ant/00", "ant/01", "bee/00")
"""Photos that lose their label."""


def _results(zscwh: Command) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(zscwh("query", "results", "-f", "csv").stdout))
    )


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Return a grid over photos of which three have no label."""
    path = make(tmp_path)
    for photo in LACKING:
        kind = photo.split("/")[0]
        edit(
            tmp_path / "table.csv", f"{photo}.bmp,insect,{kind}", f"{photo}.bmp,insect,"
        )
    return path


def _truth(tmp_path: Path) -> list[str]:
    with (tmp_path / "table.csv").open(newline="") as file:
        return [row["species"] for row in csv.DictReader(file)]


def test_missing_labels_are_left_out_or_one_class(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Both equal scikit-learn's AMI, K counts the class, the choice is shown."""
    done = zscwh("ingest", grid).stderr
    assert "photos: 3 samples have no label and are left out of scores and of K" in done
    first = {(r["reducer"], r["clusterer"]): r for r in _results(zscwh)}
    before = executed(tmp_path)
    header = "[dataset.photos]\n"
    edit(grid, header, f'{header}missing_labels = "one class"\n')
    done = zscwh("ingest", grid).stderr
    assert "photos: 3 samples have no label and count as one class" in done
    # K of k-means is one more; HDBSCAN finds its own
    assert new_work(tmp_path, before)["cluster"] == 2
    truth = _truth(tmp_path)
    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    for row in _results(zscwh):
        old = first[row["reducer"], row["clusterer"]]
        assert int(row["n_classes"]) == int(old["n_classes"]) + 1
        for shown, kept in ((row, range(len(truth))), (old, _labelled(truth))):
            ((labels,),) = warehouse.sql(
                "select labels from assignment inner join run using (run_key) "
                f"where cell_key = '{shown['cell_key']}'"
            ).rows()
            noise = max(labels) + 1
            found = [noise if labels[i] < 0 else labels[i] for i in kept]
            expected = adjusted_mutual_info_score([truth[i] for i in kept], found)
            assert float(shown["ami"]) == pytest.approx(expected, abs=1e-12)
    answer = warehouse.query("datasets")
    assert answer["missing_labels"].to_list() == ["one class"]
    assert warehouse.query("datasets", grid="mine@1")["missing_labels"].to_list() == [
        "left out"
    ]


def _labelled(truth: list[str]) -> list[int]:
    return [i for i, label in enumerate(truth) if label]


def test_one_class_is_no_truth(zscwh: Command, tmp_path: Path) -> None:
    """A zip made of the folder itself has one class: no score, and a hint."""
    for place in range(12):
        write_photo(tmp_path / f"photos/{place:02}.bmp", place, 60 * (place % 3))
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for photo in sorted((tmp_path / "photos").iterdir()):
            archive.write(photo, f"photos/{photo.name}")
    grid = tmp_path / "one.toml"
    grid.write_text(
        """
        name = "one"
        seeds = [0]
        [dataset.mine]
        loader = { kind = "folder", path = "photos.zip" }
        [clusterer.k3]
        kind = "kmeans"
        k = 3
        [[cross]]
        datasets = ["mine"]
        encoders = ["pixels"]
        reducers = ["none"]
        clusterers = ["k3"]
        """
    )
    line = (
        "mine: all 12 labelled samples are of one class: scores against labels are "
        'undefined; inside = "photos"?'
    )
    assert line in zscwh("plan", grid).stderr
    assert line in zscwh("ingest", grid).stderr
    (row,) = _results(zscwh)
    assert (row["ami"], row["nmi"]) == ("", "")
    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    reasons = warehouse.sql("select distinct reason from score where space = 'labels'")
    assert reasons["reason"].to_list() == ["all 12 labelled samples are of one class"]
    ranks = warehouse.query("encoder_ranks")
    assert ranks["n_blocks"].to_list() == [0] * len(ranks)
    edit(grid, '"photos.zip"', '"photos.zip", inside = "photos"')
    assert "one class" not in zscwh("ingest", grid).stderr


def test_a_class_per_sample_is_no_truth(zscwh: Command, tmp_path: Path) -> None:
    """Where each sample is a class, K = n finds them all and says nothing."""
    grid = make(tmp_path)
    lines = (tmp_path / "table.csv").read_text().splitlines()
    own = [line.rsplit(",", 1)[0] + f",species {i}" for i, line in enumerate(lines[1:])]
    (tmp_path / "table.csv").write_text("\n".join([lines[0], *own]) + "\n")
    done = zscwh("plan", grid).stderr
    n = len(own)
    assert f"each of the {n} labelled samples is a class of its own" in done


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("n = 30, classes = 3, imbalance = 1.0", None),
        ("n = 40", "30 samples, published with 40: is a file missing?"),
        ("classes = 4", "3 classes, published with 4: is a file missing?"),
        (
            "n = 30, imbalance = 1.25",
            "an imbalance of 1.00, and 1.25 is published: is a file missing?",
        ),
    ],
)
def test_a_published_size_is_compared(
    zscwh: Command, tmp_path: Path, expected: str, line: str | None
) -> None:
    """Both numbers are told; the real one counts."""
    grid = make(tmp_path)
    header = "[dataset.photos]\n"
    edit(grid, header, f"{header}expected = {{ {expected} }}\n")
    said = zscwh("plan", grid).stderr
    assert "published" not in said if line is None else f"photos: {line}" in said


def test_photos_of_phones_are_told_before_and_once_they_can_be_read(
    zscwh: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to install, and with how they are read again."""
    path = make(tmp_path)
    photo = tmp_path / "photos" / "bee" / "phone.HEIC"
    photo.write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    table = 'kind = "manifest", path = "table.csv", levels = ["species"]'
    edit(path, table, 'kind = "folder", path = "photos"')

    def lines(command: str | None) -> list[str]:
        monkeypatch.setattr(listed, "reader_to_install", lambda _: command)
        warehouse = Warehouse(tmp_path / "zscwh.duckdb")
        store = Store(warehouse.store_path)
        declared, _ = read_grids((str(path),), ())
        plan = make_plan(
            declared, read_recorded(warehouse), store, digests=Digests(store.root)
        )
        return listed.dataset_lines(plan)

    assert lines("pip install X") == [
        "photos: 1 image in HEIC cannot be read here; install a reader with: "
        "pip install X"
    ]
    assert lines(None) == []
    zscwh("ingest", path)
    assert lines(None) == [
        "photos: 1 image in HEIC could not be read before. `zscwh forget --dataset "
        "photos --arrays`, then another ingest, read them again"
    ]
    zscwh("forget", "--dataset", "photos", "--arrays", "--yes")
    assert lines(None) == []
