"""Weights of one's own and published ones on the disk: from the command line."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

import pytest
import torch

import zsc_wh
from tests.encoders.made import VISION, vision_state
from tests.encoders.test_torch_hub import TINY, checkout
from tests.engine.photos import edit, executed, new_work, write_photo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

GRID = """
name = "own"
scores = ["ami"]

[dataset.photos]
loader = { kind = "folder", path = "photos" }

[encoder.mine]
loader = { kind = "torchvision", name = "NAME", path = "mine.pth" }
image_size = 32

[[cross]]
datasets = ["photos"]
encoders = ["mine"]
reducers = ["none"]
clusterers = ["kmeans"]
""".replace("NAME", VISION)


def _save(path: Path, factor: float = 1.0) -> None:
    """Save the weights of the own encoder, those of its first layer by a factor."""
    state = vision_state()
    torch.save({**state, "conv1.0.weight": factor * state["conv1.0.weight"]}, path)


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Return a grid of an own checkpoint over nine photos."""
    for number, name in enumerate(("ant", "bee", "cat")):
        for i in range(3):
            write_photo(
                tmp_path / f"photos/{name}/{i}.bmp", 10 * number + i, 90 * number
            )
    _save(tmp_path / "mine.pth")
    (tmp_path / "own.toml").write_text(GRID)
    return tmp_path / "own.toml"


def test_a_network_without_weights_is_told(grid: Path, zscwh: Command) -> None:
    """Whoever forgets to name weights would take random features for published ones."""
    edit(grid, ', path = "mine.pth"', "")
    said = "mine: random weights, as neither `weights` nor `path` is declared"
    assert said in zscwh("plan", grid).stderr
    edit(grid, "[encoder.mine]\n", '[encoder.mine]\nfamily = "random"\n')
    assert "random weights" not in zscwh("plan", grid).stderr


def test_own_checkpoints_need_no_checksum(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """It is computed and told; declaring what is told changes nothing."""
    sha256 = hashlib.sha256((tmp_path / "mine.pth").read_bytes()).hexdigest()
    said = f'mine: weights with sha256 = "{sha256}"'
    assert said in zscwh("plan", grid).stderr
    assert said in zscwh("ingest", grid).stderr
    before = executed(tmp_path)
    edit(grid, 'path = "mine.pth"', f'path = "mine.pth", sha256 = "{sha256}"')
    done = zscwh("ingest", grid).stderr
    assert "mine: weights" not in done
    assert new_work(tmp_path, before) == {}
    facts = {(part, name): value for part, name, value in _explain(tmp_path)}
    assert sha256 in facts["encoder", "loader"]


def _explain(tmp_path: Path) -> list[tuple[str, str, str]]:
    from zsc_wh.results.explaining import explain

    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    ((key,),) = warehouse.run_sql(
        "select cell_key from result where encoder = 'mine'"
    ).rows
    return [(fact.part, fact.name, fact.value) for fact in explain(warehouse, key)]


def test_other_weights_are_another_version(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """A file that is trained on, or exchanged, is noticed; the old results stay."""
    zscwh("ingest", grid)
    before = executed(tmp_path)
    shutil.copy(tmp_path / "mine.pth", tmp_path / "first.pth")
    _save(tmp_path / "mine.pth", factor=2)
    assert "since @1" in zscwh("ingest", grid).stderr
    assert new_work(tmp_path, before)["embed"] == 1
    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert len(warehouse.query("results", encoder="mine@1")) == 1
    before = executed(tmp_path)
    (tmp_path / "first.pth").replace(tmp_path / "mine.pth")
    zscwh("ingest", grid)
    assert new_work(tmp_path, before) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the file of the weights is not there"),
        ("folder", "this is a folder; it holds model.pth"),
    ],
)
def test_absent_weights_end_a_plan(
    grid: Path, zscwh: Command, tmp_path: Path, content: str | None, message: str
) -> None:
    """Nothing is run, and the file is named."""
    (tmp_path / "mine.pth").unlink()
    if content == "folder":
        (tmp_path / "mine.pth").mkdir()
        (tmp_path / "mine.pth" / "model.pth").touch()
    for command in ("plan", "ingest"):
        done = zscwh(command, grid, code=2)
        assert message in done.stderr
        assert str(tmp_path / "mine.pth") in done.stderr


def test_unfit_weights_are_a_fault_that_can_be_mended(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Told before any work, with what to declare; the next ingest needs no --retry."""
    state = torch.load(tmp_path / "mine.pth")
    torch.save(
        {f"net.{name}": each for name, each in state.items()}, tmp_path / "mine.pth"
    )
    done = zscwh("ingest", grid, code=2).stderr
    assert "in the file are unknown: net." in done
    assert "Declare `strip`" in done
    assert executed(tmp_path) == {}
    edit(grid, 'path = "mine.pth"', 'path = "mine.pth", strip = "net."')
    zscwh("ingest", grid)
    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    assert len(warehouse.query("results")) == 1


PUBLISHED = """
name = "published"
scores = ["ami"]

[dataset.photos]
loader = { kind = "folder", path = "photos" }

[encoder.small]
loader = { kind = "torchvision", name = "NAME", weights = "IMAGENET1K_V1" }
image_size = 32

[[cross]]
datasets = ["photos"]
encoders = ["small", "pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
""".replace("NAME", VISION)


HUBS = """
name = "hubs"
scores = ["ami"]

[dataset.photos]
loader = { kind = "folder", path = "photos" }

[encoder.first]
loader = { kind = "timm", name = "hf-hub:mine/first@COMMIT", bytes = 5242880 }
image_size = 32

[encoder.second]
loader = { kind = "timm", name = "hf-hub:mine/second@COMMIT" }
image_size = 32

[[cross]]
datasets = ["photos"]
encoders = ["first", "second"]
reducers = ["none"]
clusterers = ["kmeans"]
""".replace("COMMIT", "a" * 40)


def test_repositories_that_are_missing_are_all_named(
    grid: Path, zscwh_process: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both files, the place and the size, before any work."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "hubs.toml").write_text(HUBS)
    done = zscwh_process("ingest", tmp_path / "hubs.toml", "--offline", code=2).stderr
    for name in ("first", "second"):
        place = tmp_path / "hub" / f"models--mine--{name}" / "snapshots" / ("a" * 40)
        assert f"{name}: {place}, lacks config.json and model.saf" in done
        assert f"https://huggingface.co/mine/{name}/tree/aaaa" in done
    assert "5 MiB from https" in done
    assert not executed(tmp_path)


def test_a_repository_takes_no_other_file(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Its weights are of no use without its configuration."""
    text = HUBS.replace('name = "hubs"', 'name = "hubs"\nweights.first = "w.pth"')
    (tmp_path / "hubs.toml").write_text(text)
    done = zscwh("plan", tmp_path / "hubs.toml", code=2).stderr
    assert "weights.first" in done


HUB_CODE = """
name = "code"
scores = ["ami"]

[dataset.photos]
loader = { kind = "folder", path = "photos" }

[encoder.mine]
loader = { kind = "torch-hub", path = "hub", entry = "tiny", sha256 = "TINY" }
image_size = 32

[[cross]]
datasets = ["photos"]
encoders = ["mine", "pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
""".replace("TINY", TINY)


def test_code_of_others_is_run_when_it_is_allowed(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """Before that it is named, and neither it nor anything else is run."""
    folder = checkout(tmp_path / "hub")
    mark = tmp_path / "was-run"
    with (folder / "hubconf.py").open("a") as file:
        file.write(f"open({str(mark)!r}, 'w').close()\n")
    (tmp_path / "code.toml").write_text(HUB_CODE)
    for command in ("plan", "ingest"):
        done = zscwh(command, tmp_path / "code.toml", code=2).stderr
        assert "encoder.mine: the function tiny of hubconf.py in hub" in done
        assert "--allow-hub-code" in done
    assert not mark.exists()
    assert not (tmp_path / "zscwh.duckdb").exists()
    allowed = (tmp_path / "code.toml", "--allow-hub-code")
    zscwh("plan", *allowed)
    assert not mark.exists()
    zscwh("ingest", *allowed)
    assert mark.exists()
    before = executed(tmp_path)
    (folder / "models.py").write_text((folder / "models.py").read_text() + "\n")
    zscwh("ingest", *allowed)
    assert new_work(tmp_path, before)["embed"] == 1


def test_code_that_torch_keeps_needs_no_network(
    grid: Path, zscwh: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code of a repository is missing before it was fetched, and here afterwards."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    commit = "fedcba98" * 5
    remote = f'repo = "mine/tiny", commit = "{commit}"'
    (tmp_path / "code.toml").write_text(HUB_CODE.replace('path = "hub"', remote))
    offline = (tmp_path / "code.toml", "--allow-hub-code", "--offline")
    done = zscwh("ingest", *offline, code=2).stderr
    assert f"lacks mine_tiny_{commit}/hubconf.py" in done
    checkout(tmp_path / "torch" / "hub" / f"mine_tiny_{commit}")
    zscwh("ingest", *offline)
    assert executed(tmp_path)["embed"] == 2


def test_published_weights_may_lie_anywhere(
    grid: Path, zscwh: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a folder that a variable names or by the grid; it is the same encoder."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    file = tmp_path / "published.toml"
    file.write_text(PUBLISHED)
    done = zscwh("ingest", file, "--offline", code=2).stderr
    assert "[weights] NAME" in done
    assert "ZSCWH_WEIGHTS" in done
    (tmp_path / "weights").mkdir()
    _save(tmp_path / "weights" / "small.pth")
    folders = os.pathsep.join([str(tmp_path / "none"), str(tmp_path / "weights")])
    monkeypatch.setenv("ZSCWH_WEIGHTS", folders)
    done = zscwh("ingest", file, "--offline").stderr
    assert f"small: weights from {tmp_path / 'weights' / 'small.pth'}" in done
    before = executed(tmp_path)
    monkeypatch.delenv("ZSCWH_WEIGHTS")
    (tmp_path / "weights" / "small.pth").replace(tmp_path / "here.pth")
    edit(file, 'name = "published"', 'name = "published"\nweights.small = "here.pth"')
    zscwh("ingest", file, "--offline")
    assert new_work(tmp_path, before) == {}
    zscwh("forget", "--grid", "published", "--arrays", "--yes")
    zscwh("ingest", file, "--offline")
    assert new_work(tmp_path, before)["embed"] == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'weights.smal = "x.pth"',
            "weights.smal: no encoder of the grid; did you mean",
        ),
        ('weights.pixels = "x.pth"', "this encoder has no published weights"),
        ("weights.small = 3", "weights.small: must be a string"),
        ('weights.small = "${NO_SUCH}/x"', "variable NO_SUCH is not set"),
    ],
)
def test_wrong_files_of_weights_are_told(
    grid: Path, zscwh: Command, tmp_path: Path, line: str, message: str
) -> None:
    """Each with what is wrong, before anything is run."""
    file = tmp_path / "published.toml"
    file.write_text(f"{line}\n{PUBLISHED}")
    assert message in zscwh("plan", file, code=2).stderr


def test_a_plan_lists_shapes_and_weights(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """What is known before anything is run: samples, features, files, states."""
    edit(grid, '["mine"]', '["mine", "pixels", "resnet50"]')
    edit(grid, 'name = "own"', f'name = "own"\nweights.resnet50 = "{tmp_path}/x.pth"')
    (tmp_path / "x.pth").touch()
    asked = ("plan", grid, "--embeddings", "--device", "cpu", "-f", "csv")
    done = zscwh(*asked).stdout
    assert done.splitlines() == [
        "encoder,dataset,n,dim,image_size,head,weights,device,state",
        f"mine,photos,9,,32,dropped,{tmp_path}/mine.pth,cpu,to make",
        "pixels,photos,9,192,32,,,cpu,to make",
        f"resnet50,photos,9,2048,224,dropped,{tmp_path}/x.pth,cpu,to make",
    ]


@pytest.mark.parametrize("place", ["path", "weights"])
def test_a_folder_is_not_called_missing(
    grid: Path, zscwh: Command, tmp_path: Path, place: str
) -> None:
    """Neither where a sha256 is declared, nor for published weights."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.pth").touch()
    file = grid
    if place == "path":
        edit(grid, 'path = "mine.pth"', 'path = "folder", sha256 = "00"')
    else:
        file = tmp_path / "published.toml"
        file.write_text(f'weights.small = "folder"\n{PUBLISHED}')
    done = zscwh("plan", file, code=2).stderr
    assert f"{tmp_path / 'folder'}: this is a folder; it holds model.pth" in done


def test_grids_must_agree_on_a_file(grid: Path, zscwh: Command, tmp_path: Path) -> None:
    """What is loaded does not depend on the order of the grids."""
    _, _, rest = PUBLISHED.partition("[dataset")
    entries, _, cross = rest.partition("[[cross]]")
    files = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for file in files:
        (tmp_path / f"{file.stem}.pth").touch()
        file.write_text(
            f'name = "{file.stem}"\nscores = ["ami"]\n'
            f'weights.small = "{file.stem}.pth"\n[[cross]]{cross}'
        )
    catalog = f"[dataset{entries}"
    (tmp_path / "catalog.toml").write_text(catalog)
    given = ("--catalog", tmp_path / "catalog.toml")
    done = zscwh("plan", *files, *given, code=2).stderr
    assert "two.toml: weights.small: another grid of this call names" in done
    edit(files[1], '"two.pth"', '"one.pth"')
    zscwh("plan", *files, *given)
