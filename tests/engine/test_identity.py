"""Images by content, labels apart, names that may change: from the command line."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zsc_wh
from tests.engine.photos import edit, executed, make, new_work, write_photo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

RUN = {"embed": 1, "reduce": 1, "cluster": 4}


@pytest.fixture(scope="module")
def made(module_grid: tuple[MakeGrid, Command]) -> Path:
    """Ingest a grid over photos once, and return it."""
    make_grid, zscwh = module_grid
    path = make(make_grid().parent)
    zscwh("ingest", path)
    return path


@pytest.fixture
def grid(made: Path, tmp_path: Path) -> Path:
    """Return a grid that was ingested, in a folder of the test's own."""
    shutil.copytree(made.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / made.name


def _query(zscwh: Command, name: str, *params: str) -> list[dict[str, str]]:
    args = [part for param in params for part in ("-p", param)]
    done = zscwh("query", name, *args, "-f", "csv")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def _amis(rows: list[dict[str, str]]) -> dict[tuple[str, str], str]:
    return {(row["reducer"], row["clusterer"]): row["ami"] for row in rows}


def test_a_corrected_label_only_scores_again(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """No embedding, reduction or clustering depends on a label; old scores stay."""
    before, scores = executed(tmp_path), _amis(_query(zscwh, "results"))
    edit(tmp_path / "table.csv", "ant/00.bmp,insect,ant", "ant/00.bmp,insect,bee")
    edit(tmp_path / "table.csv", "ant/01.bmp,insect,ant", "ant/01.bmp,insect,bee")
    expected = (
        "photos: 2 labels corrected since @1: 0 embeddings to make, 0 cells to run"
    )
    assert expected in zscwh("plan", grid).stderr
    assert expected in zscwh("ingest", grid).stderr
    assert new_work(tmp_path, before) == {"score": 6}
    now = _amis(_query(zscwh, "results"))
    assert now.keys() == scores.keys()
    assert now["none", "kmeans"] != scores["none", "kmeans"]
    assert _amis(_query(zscwh, "results", "dataset=photos@1")) == scores
    assert _amis(_query(zscwh, "results", "grid=mine@1")) == scores
    assert zsc_wh.open(tmp_path / "zscwh.duckdb").audit() == []


def test_a_level_added_a_class_renamed_and_another_target_only_score(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """The images stay what they are whatever is said of them."""
    before = executed(tmp_path)
    edit(grid, '["species"]', '["kind", "species"]')
    assert "label level 'kind' added since @1" in zscwh("ingest", grid).stderr
    edit(tmp_path / "table.csv", ",bee\n", ",wasp\n")
    done = zscwh("ingest", grid).stderr
    assert "photos: 1 class renamed since @2" in done
    assert re.search(r"0 cells executed in .*; \d+ cells scored anew", done)
    assert new_work(tmp_path, before).keys() == {"score"}
    before = executed(tmp_path)
    edit(
        grid,
        'levels = ["kind", "species"]',
        'levels = ["kind", "species"], target = "kind"',
    )
    done = zscwh("ingest", grid).stderr
    assert "judged by 'kind' since @3: 0 embeddings to make, 2 cells to run" in done
    # K of k-means is another now; that of HDBSCAN never was the labels'
    assert new_work(tmp_path, before) == {"cluster": 2, "score": 4}


def test_a_renamed_class_is_told_beside_a_corrected_label(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Else a folder of 100 photos that is renamed reads as 100 corrected labels."""
    table = tmp_path / "table.csv"
    edit(table, ",bee\n", ",wasp\n")
    edit(table, "ant/00.bmp,insect,ant", "ant/00.bmp,insect,wasp")
    said = "photos: 1 label corrected, 1 class renamed since @1"
    assert said in zscwh("plan", grid).stderr
    # two classes that become one were not renamed
    edit(table, ",wasp\n", ",bug\n")
    edit(table, ",ant\n", ",bug\n")
    assert "photos: 20 labels corrected since @1" in zscwh("plan", grid).stderr


def test_back_to_an_earlier_meaning_costs_nothing(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """A correction taken back finds the results of the first time."""
    scores = _amis(_query(zscwh, "results"))
    edit(tmp_path / "table.csv", "ant/00.bmp,insect,ant", "ant/00.bmp,insect,bee")
    zscwh("ingest", grid)
    edit(tmp_path / "table.csv", "ant/00.bmp,insect,bee", "ant/00.bmp,insect,ant")
    before = executed(tmp_path)
    zscwh("ingest", grid)
    assert new_work(tmp_path, before) == {}
    assert _amis(_query(zscwh, "results")) == scores
    assert len(_query(zscwh, "results", "dataset=photos@2")) == 4


def test_photos_come_go_and_move(grid: Path, zscwh: Command, tmp_path: Path) -> None:
    """Only other bytes are other images; the results of before can be asked for."""
    first = _amis(_query(zscwh, "results"))
    write_photo(tmp_path / "photos/cat/10.bmp", 999, 200)
    with (tmp_path / "table.csv").open("a") as table:
        table.write("photos/cat/10.bmp,mammal,cat\n")
    before = executed(tmp_path)
    done = zscwh("ingest", grid).stderr
    assert (
        "photos: 1 sample added since @1: 1 embedding to make, 4 cells to run" in done
    )
    assert {**RUN, "score": 6}.items() <= new_work(tmp_path, before).items()
    assert _amis(_query(zscwh, "results", "dataset=photos@1")) == first

    before = executed(tmp_path)
    (tmp_path / "photos").rename(tmp_path / "pictures")
    (tmp_path / "pictures/cat/10.bmp").rename(tmp_path / "pictures/cat/11.bmp")
    edit(tmp_path / "table.csv", "photos/", "pictures/")
    edit(tmp_path / "table.csv", "cat/10.bmp", "cat/11.bmp")
    assert "since" not in zscwh("ingest", grid).stderr
    assert new_work(tmp_path, before) == {}
    shown = zscwh("assignments", "small/photos/none/kmeans", "-f", "csv").stdout
    assert "pictures/cat/11.bmp" in shown
    assert "photos/cat" not in shown

    edit(tmp_path / "table.csv", "pictures/cat/11.bmp,mammal,cat\n", "")
    done = zscwh("ingest", grid).stderr
    assert "photos: 1 sample removed since @2: 0 embeddings to make, 0 cells" in done
    assert _amis(_query(zscwh, "results")) == first


def test_an_image_replaced_in_place_is_another_image(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Equal name, size and time do not make equal pixels."""
    zscwh("ingest", grid)  # which knows the files of this folder from now on
    path = tmp_path / "photos/ant/00.bmp"
    status = path.stat()
    write_photo(path, 12345, 250)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    done = zscwh("ingest", grid).stderr
    assert "photos: 1 sample replaced since @1: 1 embedding to make, 4 cells" in done


def test_a_file_that_is_gone_is_not_called_replaced(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Its table still names it; there again, it is what it was."""
    path = tmp_path / "photos/ant/00.bmp"
    path.rename(tmp_path / "kept")
    done = zscwh("ingest", grid).stderr
    assert "photos: 1 sample whose file is missing since @1" in done
    (tmp_path / "kept").rename(path)
    done = zscwh("plan", grid).stderr
    said = "1 sample whose file is there now since @2: 0 embeddings to make, 0 cells"
    assert f"photos: {said}" in done


def test_two_folders_alike_in_all_but_pixels_are_two_datasets(
    zscwh: Command, tmp_path: Path
) -> None:
    """The second one is not served the results of the first."""
    grid = make(tmp_path)
    for number, name in enumerate(("one", "two")):
        for i in range(20):
            path = tmp_path / name / ("ab"[i % 2]) / f"{i:02}.bmp"
            # in the second folder the colours say nothing about the classes
            colour = 200 * (i % 2) if number == 0 else 100
            write_photo(path, i + 50 * number, colour)
    edit(
        grid,
        'kind = "manifest", path = "table.csv", levels = ["species"]',
        'kind = "folder", path = "one"',
    )
    zscwh("ingest", grid)
    edit(grid, 'path = "one"', 'path = "two"')
    done = zscwh("ingest", grid).stderr
    assert "4 cells executed" in done
    amis = (
        _amis(_query(zscwh, "results")),
        _amis(_query(zscwh, "results", "grid=mine@1")),
    )
    assert amis[1]["none", "kmeans"] == "1.0"
    assert float(amis[0]["none", "kmeans"]) < 0.9


def test_a_mended_typo_needs_no_retry(zscwh: Command, tmp_path: Path) -> None:
    """A fault of the declaration ends before any work and leaves no trace."""
    grid = make(tmp_path)
    edit(grid, 'path = "table.csv"', 'path = "tabel.csv"')
    failed = zscwh("ingest", grid, code=2)
    assert "tabel.csv: no such file" in failed.stderr
    edit(grid, 'path = "tabel.csv"', 'path = "table.csv"')
    assert "4 cells executed" in zscwh("ingest", grid).stderr
    assert len(_query(zscwh, "names", "kind=dataset")) == 1


def test_a_name_follows_its_newest_declaration(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """An encoder's name reused for another one, and a described fact corrected."""
    first = _amis(_query(zscwh, "results"))
    before = executed(tmp_path)
    edit(grid, 'family = "none"', 'family = "random"\ntitle = "Small pixels"')
    zscwh("ingest", grid)
    assert new_work(tmp_path, before) == {}
    (row,) = _query(zscwh, "encoders")
    assert (row["family"], row["title"]) == ("random", "Small pixels")
    edit(grid, "image_size = 4", "image_size = 8")
    done = zscwh("ingest", grid).stderr
    assert "small: it is declared as another encoder since @1: 1 embedding" in done
    assert _amis(_query(zscwh, "results", "encoder=small@1")) == first
    assert len(_query(zscwh, "results")) == 4
    assert {row["label"] for row in _query(zscwh, "names", "name=small")} == {
        "small",
        "small@1",
    }


def test_two_names_of_one_thing_in_a_grid(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """A fault with both places, unless a title tells them apart for readers."""
    twins = '[clusterer.one]\nkind = "kmeans"\n[clusterer.again]\nkind = "kmeans"\n'
    edit(grid, "[[cross]]", f"{twins}[[cross]]")
    edit(grid, '["kmeans", "hdbscan"]', '["one", "again", "hdbscan"]')
    failed = zscwh("plan", grid, code=2).stderr
    assert f"clusterer.one in {grid} and clusterer.again in {grid}" in failed
    before = executed(tmp_path)
    edit(grid, "[clusterer.again]\n", '[clusterer.again]\ntitle = "K-Means, again"\n')
    zscwh("ingest", grid)
    assert new_work(tmp_path, before) == {}
    found = _amis(_query(zscwh, "results"))
    assert len(found) == 6
    assert found["none", "again"] == found["none", "one"]


def test_two_grids_call_one_thing_by_two_names(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Each grid shows its own names, nothing runs twice and nothing counts twice."""
    before = executed(tmp_path)
    other = tmp_path / "other.toml"
    shutil.copy(grid, other)
    edit(other, '"mine"', '"other"')
    edit(other, "photos", "snaps")
    zscwh("ingest", other)
    assert new_work(tmp_path, before) == {}
    assert {row["dataset"] for row in _query(zscwh, "results", "grid=mine")} == {
        "photos"
    }
    assert {row["dataset"] for row in _query(zscwh, "results", "grid=other")} == {
        "snaps"
    }
    assert len(_query(zscwh, "results")) == 4
    for name in ("photos", "snaps"):
        shown = zscwh("assignments", f"small/{name}/none/kmeans", "-f", "csv").stdout
        assert shown.count("\n") == 31


def test_features_are_matched_by_id(zscwh: Command, tmp_path: Path) -> None:
    """Samples without features are left out by name, surplus rows are told."""
    grid = make(tmp_path)
    lines = (tmp_path / "table.csv").read_text().splitlines()[1:]
    ids = [line.split(",")[0] for line in lines]
    kept = [*reversed(ids[2:]), "photos/dog.bmp"]
    rng = np.random.default_rng(0)
    features = rng.normal(size=(len(kept), 5)).astype(np.float32)
    np.save(tmp_path / "features.npy", features)
    (tmp_path / "ids.txt").write_text("\n".join(kept))
    edit(
        grid,
        '{ kind = "pixels" }\nimage_size = 4',
        '{ kind = "embeddings", path = "features.npy", ids_path = "ids.txt" }',
    )
    done = zscwh("ingest", grid).stderr
    assert (
        "2 of 30 samples have no features and are left out: 'photos/ant/00.bmp'" in done
    )
    assert "1 row of features without a sample: 'photos/dog.bmp'" in done
    shown = zscwh("assignments", "small/photos/none/kmeans", "-f", "csv").stdout
    missing = [
        row["sample_id"]
        for row in csv.DictReader(io.StringIO(shown))
        if not row["cluster"]
    ]
    assert missing == ids[:2]

    features[3] += 1
    np.save(tmp_path / "features.npy", features)
    done = zscwh("ingest", grid).stderr
    assert "small for photos: its stored features changed since @1: 1 embedding" in done
    assert len(_query(zscwh, "results", "encoder=small@1")) == 4
    assert len(_query(zscwh, "results")) == 4

    np.save(tmp_path / "features.npy", features[:-1])
    edit(grid, ', ids_path = "ids.txt"', "")
    failed = zscwh("ingest", grid, code=2).stderr
    assert "28 rows of features, and 'photos' has 30 samples" in failed
    assert "from 'photos/cat/08.bmp' on" in failed


def test_absent_files_are_told(zscwh: Command, tmp_path: Path) -> None:
    """Rows of a table whose files are not there are samples that cannot be read."""
    grid = make(tmp_path)
    for name in ("ant/03.bmp", "cat/00.bmp"):
        (tmp_path / "photos" / name).unlink()
    for command in ("plan", "ingest"):
        told = zscwh(command, grid).stderr
        assert "photos: 2 of 30 files are absent and left out: 'photos/ant/03" in told
    shown = zscwh("assignments", "small/photos/none/kmeans", "-f", "csv").stdout
    assert "3,photos/ant/03.bmp,,ant" in shown


def test_a_file_of_a_folder_that_cannot_be_opened_is_told(
    zscwh: Command, tmp_path: Path
) -> None:
    """A link to nowhere is left out by name before any work, not in silence."""
    grid = make(tmp_path)
    edit(grid, 'kind = "manifest", path = "table.csv"', 'kind = "folder", path = "."')
    (tmp_path / "photos/cat/link.bmp").symlink_to("nowhere.bmp")
    for command in ("plan", "ingest"):
        told = zscwh(command, grid).stderr
        lost = "photos: 1 of 31 files cannot be opened and is left out: 'photos/cat"
        assert lost in told


def test_a_wrong_device_ends_before_any_work(zscwh: Command, tmp_path: Path) -> None:
    """It is no result of a cell, so that nothing has to be retried."""
    grid = make(tmp_path)
    failed = zscwh("ingest", grid, "--device", "cuda:99", code=2)
    assert "there is no device 'cuda:99' here" in failed.stderr
    assert executed(tmp_path) == {}
    assert "4 cells executed" in zscwh("ingest", grid).stderr


def test_missing_weights_end_before_any_work(zscwh: Command, tmp_path: Path) -> None:
    """All of them are named at once."""
    grid = make(tmp_path)
    own = '{ kind = "timm", name = "resnet18.a1_in1k", path = "%s", sha256 = "0" }'
    edit(
        grid,
        "[[cross]]",
        f"[encoder.second]\nloader = {own % 'b.pth'}\nimage_size = 32\n[[cross]]",
    )
    edit(grid, '{ kind = "pixels" }', own % "a.pth")
    edit(grid, '["small"]', '["small", "second"]')
    for command in ("plan", "ingest"):
        failed = zscwh(command, grid, code=2)
        assert "a.pth" in failed.stderr
        assert "b.pth" in failed.stderr


def test_the_same_ingest_twice_at_once_computes_once(
    zscwh: Command, tmp_path: Path
) -> None:
    """The second waits, says for whom, and finds everything done."""
    grid = make(tmp_path)
    command = [sys.executable, "-m", "zsc_wh", "ingest", str(grid)]
    both = [
        subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sum(", which fills this warehouse, so that" in text for text in told) == 1
    assert sorted("4 cells executed" in text for text in told) == [False, True]
    assert executed(tmp_path)["cluster"] == 4
    assert "4 done, 0 to run" in zscwh("plan", grid).stderr


def test_k_is_that_of_the_classes_that_can_be_read(
    zscwh: Command, tmp_path: Path
) -> None:
    """A class of broken files alone asks for no cluster, before and after embedding."""
    grid = make(tmp_path)
    for path in (tmp_path / "photos/ant").iterdir():
        path.write_bytes(b"BM no image")
    zscwh("ingest", grid)
    rows = zsc_wh.open(tmp_path / "zscwh.duckdb").run_sql(
        "select distinct clusterer, k, n_clusters from result order by all"
    )
    assert ("kmeans", 2, 2) in rows.rows
    assert "0 to run" in zscwh("plan", grid).stderr
