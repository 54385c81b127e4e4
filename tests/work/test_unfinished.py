"""An embedding that was stopped goes on where it was, or is begun anew."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from zsc_wh import datasets
from zsc_wh.datasets import ArrayImages
from zsc_wh.declare import read_catalog
from zsc_wh.encoders import LOADERS, Batch
from zsc_wh.errors import DataError
from zsc_wh.fields import complete
from zsc_wh.store import Store
from zsc_wh.work.embed_task import EmbedTask, EmbedTogether
from zsc_wh.work.unfinished import Unfinished

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DECLARED = """
[dataset.made]
loader = { kind = "digits" }
subset = { n = 600, seed = 0 }
[encoder.first]
loader = { kind = "random", name = "test_resnet" }
image_size = 32
[encoder.second]
loader = { kind = "random", name = "test_resnet", seed = 1 }
image_size = 32
"""
KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from zsc_wh.store import Store

root, task, last = sys.argv[1:]
def progress(done, total):
    if done >= int(last):
        os.kill(os.getpid(), signal.SIGKILL)
pickle.loads(Path(task).read_bytes()).run_all(Store(Path(root)), progress)
"""
CODE = "tests.encoders.foreign_code"
MADE_WITH = {"weights": "abc", "device": "cpu"}


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> tuple[EmbedTask, ...]:
    """Plan to embed 600 digits by two networks of random weights."""
    base = tmp_path_factory.mktemp("declared")
    (base / "mine.toml").write_text(DECLARED, encoding="utf-8")
    catalog = read_catalog([base / "mine.toml"])
    dataset = catalog.datasets["made"]
    listing = datasets.list_samples(dataset.loader, base, dataset.subset)
    return tuple(
        EmbedTask(
            key=name * 32,
            encoder_key="e" * 64,
            features_sha256=None,
            encoder=catalog.encoders[encoder],
            dataset=dataset,
            listing=listing,
            transform=catalog.encoders[encoder].transform,
            device="cpu",
            threads=1,
            offline=True,
            weights=None,
            weights_sha256=None,
            missing=(),
            unreadable=None,
        )
        for name, encoder in (("ab", "first"), ("cd", "second"))
    )


@pytest.fixture(scope="module")
def whole(
    tasks: tuple[EmbedTask, ...], tmp_path_factory: pytest.TempPathFactory
) -> Store:
    """Return a store with what comes out undisturbed."""
    store = Store(tmp_path_factory.mktemp("whole"))
    for task in tasks:
        assert task.run(store, _quiet).notes == ()
    assert not list(store.contents(".part"))
    return store


@pytest.fixture(scope="module")
def stopped(
    tasks: tuple[EmbedTask, ...], tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    """Return what a kill after 384 samples leaves of the first."""
    store = Store(tmp_path_factory.mktemp("stopped") / "store")
    killed(store, EmbedTogether(tasks[:1]), 384)
    return store.unfinished(tasks[0].key).read_bytes()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Take note of every image that is read."""
    seen: list[int] = []
    inner = ArrayImages.read

    def noted(self: ArrayImages, index: int) -> object:
        seen.append(index)
        return inner(self, index)

    monkeypatch.setattr(ArrayImages, "read", noted)
    return seen


def _quiet(_done: int, _total: int) -> None:
    """Show nothing."""


def killed(store: Store, task: EmbedTogether, last: int) -> None:
    """Run a task in a process of its own, and kill it after this many samples."""
    file = store.root.with_name(store.root.name + ".task")
    file.write_bytes(pickle.dumps(task))
    command = [sys.executable, "-c", KILLED, str(store.root), str(file), str(last)]
    assert subprocess.run(command, check=False).returncode == -9


def test_a_killed_embedding_goes_on_with_the_same_bits(
    tasks: tuple[EmbedTask, ...],
    whole: Store,
    stopped: bytes,
    tmp_path: Path,
    read: list[int],
) -> None:
    """What was done before the kill is neither read nor embedded again."""
    store = Store(tmp_path / "store")
    path = store.unfinished(tasks[0].key)
    path.parent.mkdir(parents=True)
    path.write_bytes(stopped)
    killed(store, EmbedTogether(tasks[:1]), 512)
    assert store.note(tasks[0].key) is None
    seen: list[int] = []
    outcome = tasks[0].run(store, lambda done, _: seen.append(done))
    note, expected = store.note(tasks[0].key), whole.note(tasks[0].key)
    assert note is not None
    assert expected is not None
    assert note.sha256 == expected.sha256
    assert sorted(read) == list(range(512, 600))
    assert seen == [600]
    assert outcome.notes == ("went on after 512 samples, which were embedded before",)
    assert not list(store.contents(".part"))


def test_each_of_several_goes_on_where_it_was(
    tasks: tuple[EmbedTask, ...],
    whole: Store,
    stopped: bytes,
    tmp_path: Path,
    read: list[int],
) -> None:
    """Together after a kill of one, and alone after a kill of both."""
    store = Store(tmp_path / "store")
    path = store.unfinished(tasks[0].key)
    path.parent.mkdir(parents=True)
    path.write_bytes(stopped)
    killed(store, EmbedTogether(tasks), 128)
    parts = EmbedTogether(tasks).run_all(store, _quiet)
    assert sorted(read) == list(range(128, 600))
    for task, part in zip(tasks, parts, strict=True):
        part.finish()
        np.testing.assert_array_equal(store.load(task.key), whole.load(task.key))


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (lambda content: content[:-7], "went on after 256 samples"),
        (_flip, "was damaged: it was begun anew after 128 samples"),
        (lambda content: b"\xff" * 500 + b"\n" + content, "it was begun anew"),
        (lambda content: content.replace(b'"cpu"', b'"gpu"', 1), "it was begun anew"),
        (lambda _content: b"", None),
    ],
    ids=["cut short", "flipped", "foreign", "edited", "empty"],
)
def test_what_is_not_sound_of_an_unfinished_embedding_is_not_used(
    spoil: Callable[[bytes], bytes],
    note: str | None,
    tasks: tuple[EmbedTask, ...],
    whole: Store,
    stopped: bytes,
    tmp_path: Path,
) -> None:
    """It is told, and the embedding has the bits that it always has."""
    store = Store(tmp_path / "store")
    path = store.unfinished(tasks[0].key)
    path.parent.mkdir(parents=True)
    path.write_bytes(spoil(stopped))
    outcome = tasks[0].run(store, _quiet)
    assert note is None or note in "; ".join(outcome.notes)
    np.testing.assert_array_equal(store.load(tasks[0].key), whole.load(tasks[0].key))


def test_code_of_the_user_s_own_is_not_gone_on_with(
    tasks: tuple[EmbedTask, ...], tmp_path: Path
) -> None:
    """It may be another one by then, and its key says nothing of it."""
    loader = complete(LOADERS["python"].fields, {"target": f"{CODE}:Normed"})
    own = replace(tasks[0].encoder, loader={"kind": "python", **loader})
    store = Store(tmp_path / "store")
    killed(store, EmbedTogether((replace(tasks[0], encoder=own), tasks[1])), 256)
    assert not store.unfinished(tasks[0].key).exists()
    assert store.unfinished(tasks[1].key).exists()


def batches() -> list[Batch]:
    """Return two batches, of which one has nothing that can be read."""
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    return [Batch(0, 2, rows), Batch(2, 1, None, ((2, "the file is cut off"),))]


@pytest.mark.parametrize("name", MADE_WITH)
def test_what_was_made_with_something_else_is_begun_anew(
    name: str, tmp_path: Path
) -> None:
    """Other weights or devices have other bits."""
    path, told = tmp_path / "x.part", []
    for made_with in (MADE_WITH, {**MADE_WITH, name: "other"}):
        journal = Unfinished.open(path, made_with)
        assert journal is not None
        assert list(journal.take_up()) == []
        for batch in batches():
            journal.add(batch)
        journal.close()
        told += journal.notes
    assert told == [
        f"an unfinished embedding was begun anew, as it was made with another {name}"
    ]


def test_what_is_kept_is_what_was_added(tmp_path: Path) -> None:
    """Rows, positions and reasons; and more can be added."""
    for n in (0, 1, 2):
        journal = Unfinished.open(tmp_path / "x.part", MADE_WITH)
        assert journal is not None
        kept = list(journal.take_up())
        for found, expected in zip(kept, batches()[:n], strict=True):
            np.testing.assert_array_equal(found.rows, expected.rows)
            assert replace(found, rows=None) == replace(expected, rows=None)
        if n < 2:
            journal.add(batches()[n])
        journal.close()


def test_one_process_at_a_time_makes_an_embedding_so(tmp_path: Path) -> None:
    """Another makes it without; and nobody goes on with what was removed meanwhile."""
    journal = Unfinished.open(tmp_path / "x.part", MADE_WITH)
    assert journal is not None
    assert Unfinished.open(tmp_path / "x.part", MADE_WITH) is None
    journal.close()
    again = Unfinished.open(tmp_path / "x.part", MADE_WITH)
    assert again is not None
    again.close()


def test_other_weights_than_are_known_are_refused_before_anything_is_embedded(
    tasks: tuple[EmbedTask, ...], tmp_path: Path, read: list[int]
) -> None:
    """It costs that encoder alone, and no time."""
    wrong = replace(tasks[0], weights_sha256="f" * 64)
    store = Store(tmp_path / "store")
    with pytest.raises(DataError, match="the warehouse knows this encoder"):
        wrong.run(store, _quiet)
    assert not read
    first, second = EmbedTogether((wrong, tasks[1])).run_all(store, _quiet)
    with pytest.raises(DataError, match="the warehouse knows this encoder"):
        first.finish()
    assert second.finish().rows["embedding"][0]["n"] == 600
