"""Embeddings put side by side: their numbers, their keys, and who needs them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.engine.conftest import zscwh
from zsc_wh.declare import read_grids
from zsc_wh.engine.plan import Plan, make_plan
from zsc_wh.engine.recorded import Recorded
from zsc_wh.errors import ConfigError
from zsc_wh.store import Store
from zsc_wh.work import Concatenation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.commands import Command

__all__ = ["zscwh"]

N = 12
BROKEN = 7
"""Sample whose image cannot be read."""
LACKING = 2
"""Sample without stored features."""
GRID = """
name = "joined"
scores = ["ami"]
[dataset.photos]
loader = { kind = "manifest", path = "photos.csv", levels = ["kind"] }
[encoder.small]
loader = { kind = "pixels" }
image_size = 2
[encoder.dna]
loader = { kind = "embeddings", path = "dna.npz", ids = "ids" }
[encoder.both]
loader = { kind = "concat", encoders = ["small", "dna"]{more} }
[[cross]]
datasets = ["photos"]
encoders = {encoders}
reducers = ["none"]
clusterers = ["ac-known"]
"""


@pytest.fixture
def dna(tmp_path: Path) -> NDArray[np.float32]:
    """Write images in two folders and features of all but one; return the features."""
    rng = np.random.default_rng(0)
    ids = [f"{'ab'[i % 2]}/{i:02d}.png" for i in range(N)]
    for name in ids:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pixels = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / ids[BROKEN]).write_bytes(b"no image")
    lines = [f"{name},{'xyz'[i % 3]}\n" for i, name in enumerate(ids)]
    (tmp_path / "photos.csv").write_text("path,kind\n" + "".join(lines), "utf-8")
    features = rng.normal(5, 3, (N, 3)).astype(np.float32)
    features[:, 1] = 0.1  # the same for all samples
    kept = [i for i in range(N) if i != LACKING]
    np.savez(
        tmp_path / "dna.npz",
        embeddings=features[kept],
        ids=np.array(ids)[kept],
    )
    return features


def grid(folder: Path, encoders: str = '["both"]', more: str = "") -> Path:
    """Write the grid file; return its path."""
    path = folder / "joined.toml"
    text = GRID.replace("{encoders}", encoders).replace("{more}", more)
    path.write_text(text, encoding="utf-8")
    return path


def planned(path: Path, folder: Path) -> Plan:
    """Plan a grid of which nothing is recorded."""
    grids, _ = read_grids([str(path)])
    return make_plan(grids, Recorded(), Store(folder / "none"))


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def plain(X: NDArray[np.float32]) -> NDArray[np.float64]:
    """Z-score as a formula says it; a column of equal numbers becomes 0."""
    wide = X.astype(np.float64)
    deviation = wide.std(axis=0)
    is_constant = (X[0] == X).all(axis=0)
    centred: NDArray[np.float64] = wide - wide.mean(axis=0)
    return np.where(is_constant, 0, centred / np.where(is_constant, 1, deviation))


@pytest.mark.parametrize("within", [False, True])
def test_features_are_those_of_a_plain_computation(
    dna: NDArray[np.float32], tmp_path: Path, zscwh: Command, *, within: bool
) -> None:
    """Of the samples that all parts have, each part z-scored; by folder if asked."""
    path = grid(tmp_path, more=', within = "folder"' if within else "")
    plan = planned(path, tmp_path)
    zscwh("ingest", path)
    store = Store(tmp_path / "zscwh.duckdb.store")
    pixels = np.asarray(store.load(plan.embeddings["small", "photos"].key))
    joined = np.asarray(store.load(plan.embeddings["both", "photos"].key))
    kept = np.array([i for i in range(N) if i not in (BROKEN, LACKING)])
    readable = [i for i in range(N) if i != BROKEN]
    parts = (pixels[[readable.index(i) for i in kept]], dna[kept])
    expected = np.empty((len(kept), 12 + 3))
    for folder in (0, 1) if within else (None,):
        inside = kept >= 0 if folder is None else kept % 2 == folder
        expected[inside] = np.hstack([plain(part[inside]) for part in parts])
    assert joined.dtype == np.float32
    np.testing.assert_allclose(joined, expected, rtol=1e-5, atol=1e-6)
    asked = "select sample_index from unreadable_sample where reason like '%by ''%'"
    assert rows(zscwh("sql", f"{asked} order by 1", "-f", "csv").stdout) == [
        [str(LACKING)],
        [str(BROKEN)],
    ]


@pytest.mark.usefixtures("dna")
def test_parts_are_embedded_once(tmp_path: Path, zscwh: Command) -> None:
    """Also where they are encoders of cells; then nothing is left, and all is known."""
    path = grid(tmp_path, '["small", "both"]')
    first = {row[0]: row[1] for row in rows(zscwh("plan", path, "-f", "csv").stdout)}
    assert (first["embed"], first["cluster"]) == ("3", "2")
    zscwh("ingest", path)
    again = rows(zscwh("plan", path, "-f", "csv").stdout)
    assert {row[1] for row in again} == {"0"}
    asked = "select dim from embedding order by dim"
    assert rows(zscwh("sql", asked, "-f", "csv").stdout) == [["3"], ["12"], ["15"]]
    said = zscwh("explain", "both/photos/none/ac-known", "-f", "csv").stdout
    parts = [row[1] for row in rows(said) if row[0] == "embedding part"]
    assert parts == ["dna", "small"]


@pytest.mark.usefixtures("dna")
def test_parts_stay_as_long_as_they_are_needed(tmp_path: Path, zscwh: Command) -> None:
    """What is put together goes with what only it needs, and not with the rest."""
    zscwh("ingest", grid(tmp_path, '["small", "both"]'))
    zscwh("prune", "--yes")
    left = "select dim from embedding order by dim"
    assert len(rows(zscwh("sql", left, "-f", "csv").stdout)) == 3
    zscwh("forget", "--encoder", "both", "--arrays", "--yes")
    assert rows(zscwh("sql", left, "-f", "csv").stdout) == [["12"]]
    zscwh("ingest", grid(tmp_path, '["small", "both"]'))
    zscwh("ingest", grid(tmp_path, '["small"]'))
    zscwh("forget", "--encoder", "small", "--arrays", "--yes")
    # the cell of the earlier declaration has a result, which has parts
    zscwh("prune", "--yes")
    assert len(rows(zscwh("sql", left, "-f", "csv").stdout)) == 3


@pytest.mark.usefixtures("dna")
def test_a_part_that_fails_is_tried_again_on_request_alone(
    tmp_path: Path, zscwh: Command
) -> None:
    """What needs it is not begun, and the cell says why."""
    code = "def build():\n    def embed(images):\n        return images / 0\n"
    (tmp_path / "bad.py").write_text(f"{code}    return embed\n", encoding="utf-8")
    path = grid(tmp_path)
    bad = 'loader = { kind = "python", target = "bad:build" }'
    text = path.read_text("utf-8").replace('loader = { kind = "pixels" }', bad)
    path.write_text(text, encoding="utf-8")
    zscwh("ingest", path, code=1)
    asked = "select subject, status from task where stage = 'embed' order by 1"
    assert rows(zscwh("sql", asked, "-f", "csv").stdout) == [
        ["dna / photos", "done"],
        ["small / photos", "failed"],
    ]
    assert {row[0]: row[1] for row in rows(zscwh("plan", path, "-f", "csv").stdout)}[
        "embed"
    ] == "0"
    retried = zscwh("plan", path, "--retry", "failed", "-f", "csv").stdout
    assert {row[0]: row[1] for row in rows(retried)}["embed"] == "2"


@pytest.mark.usefixtures("dna")
def test_its_key_is_that_of_its_parts(tmp_path: Path) -> None:
    """Names do not count; order, folders and the content of stored features do."""

    def key(names: Sequence[str] = ("small", "dna"), more: str = "") -> str:
        path = grid(tmp_path, more=more)
        listed = "[" + ", ".join(f'"{name}"' for name in names) + "]"
        text = path.read_text("utf-8").replace('["small", "dna"]', listed)
        if "tiny" in names:
            text = text.replace("[encoder.small]", "[encoder.tiny]")
        path.write_text(text, encoding="utf-8")
        joined = planned(path, tmp_path).embeddings["both", "photos"]
        assert isinstance(joined, Concatenation)
        assert joined.missing == (LACKING,)
        return joined.key

    first = key()
    assert key(("tiny", "dna")) == first
    others = [key(("dna", "small")), key(more=', within = "folder"')]
    with np.load(tmp_path / "dna.npz") as stored:
        content = dict(stored)
    content["embeddings"][0] += 1
    np.savez(tmp_path / "dna.npz", **content)
    assert len({first, *others, key()}) == 4


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("[]", "encoder.both.loader.encoders: is empty"),
        ('["small", "small"]', "encoders: names 'small' twice"),
        ('["smal"]', "no encoder 'smal'; did you mean 'small'"),
        ('["both"]', "'both' is of this kind too"),
    ],
)
def test_a_list_that_cannot_be_followed_is_refused(
    names: str, said: str, tmp_path: Path
) -> None:
    """With the place, before anything is looked at."""
    path = grid(tmp_path)
    text = path.read_text("utf-8").replace('["small", "dna"]', names)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_grids([str(path)])
    assert said in str(caught.value)


PROBED = """
name = "probed"
scores = ["ami"]
probes = ["few"]
[probe.few]
kind = "knn"
k = [1, 5, 20]
[dataset.test]
loader = { kind = "embeddings", path = "one_test.npz" }
train = "train"
[dataset.train]
loader = { kind = "embeddings", path = "one_train.npz" }
[encoder.one]
loader = { kind = "embeddings", path = "one_{dataset}.npz" }
[encoder.two]
loader = { kind = "embeddings", path = "two_{dataset}.npz" }
[encoder.both]
loader = { kind = "concat", encoders = ["one", "two"] }
[[cross]]
datasets = ["test"]
encoders = ["both"]
reducers = ["none"]
clusterers = ["ac-known"]
"""


def votes(
    train: NDArray[np.float64], y: NDArray[np.int_], test: NDArray[np.float64], k: int
) -> NDArray[np.int_]:
    """Return the class of each test sample by the k most similar ones of train."""
    units = [X / np.linalg.norm(X, axis=1, keepdims=True) for X in (train, test)]
    similar = units[1] @ units[0].T
    chosen = np.empty(len(test), int)
    for i, row in enumerate(similar):
        nearest = np.argsort(-row)[:k]
        weights = np.exp(row[nearest] / 0.07)
        chosen[i] = np.argmax(np.bincount(y[nearest], weights))
    return chosen


def test_a_probe_takes_both_sets_each_z_scored_on_its_own(
    tmp_path: Path, zscwh: Command
) -> None:
    """The kNN probe of embeddings put together equals a plain computation.

    The train and the test set are z-scored each by its own means and deviations: the
    study standardises every modality and every partition separately (A20), although
    its scales then differ between the two. Here the test set lies elsewhere, so that
    the statistics of train, or none, would give other accuracies.
    """
    rng = np.random.default_rng(0)
    y = {"train": np.arange(90) % 3, "test": np.arange(60) % 3}
    parts: dict[str, list[NDArray[np.float32]]] = {"train": [], "test": []}
    for name, dim, moved in (("one", 4, 0.0), ("two", 6, 9.0)):
        centres = rng.normal(size=(3, dim))
        for part, labels in y.items():
            X = centres[labels] + rng.normal(size=(len(labels), dim))
            X = X * 3 + moved if part == "test" else X
            parts[part].append(X.astype(np.float32))
            file = tmp_path / f"{name}_{part}.npz"
            np.savez(file, embeddings=parts[part][-1], y_true=labels)
    path = tmp_path / "probed.toml"
    path.write_text(PROBED, encoding="utf-8")
    zscwh("ingest", path)
    said = csv.DictReader(io.StringIO(zscwh("query", "probes", "-f", "csv").stdout))
    found = {int(row["k"]): float(row["accuracy"]) for row in said}
    wide = {part: [X.astype(np.float64) for X in made] for part, made in parts.items()}
    own = {part: np.hstack([plain(X) for X in made]) for part, made in parts.items()}
    by_train = np.hstack(
        [
            (X - reference.mean(axis=0)) / reference.std(axis=0)
            for X, reference in zip(wide["test"], wide["train"], strict=True)
        ]
    )

    def accuracy(
        train: NDArray[np.float64], test: NDArray[np.float64], k: int
    ) -> float:
        return float((votes(train, y["train"], test, k) == y["test"]).mean())

    for k in (1, 5, 20):
        expected = accuracy(own["train"], own["test"], k)
        assert found[k] == pytest.approx(expected, abs=1e-12)
        for train, test in (
            (own["train"], by_train),
            (np.hstack(wide["train"]), np.hstack(wide["test"])),
        ):
            assert accuracy(train, test, k) != pytest.approx(expected, abs=0.01)
