"""Stored features are those that were planned, or the task fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.encoders.made import features
from zsc_wh.datasets import Digests, list_samples
from zsc_wh.declare import read_catalog
from zsc_wh.encoders import match_features
from zsc_wh.errors import DataError
from zsc_wh.identity import key_of
from zsc_wh.store import Store
from zsc_wh.work.embed_task import EmbedTask

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = """
[dataset.made]
loader = { kind = "embeddings", path = "x.npy", labels = "none" }
[encoder.stored]
loader = { kind = "embeddings", path = "x.npy" }
"""


def planned(base: Path) -> EmbedTask:
    """Plan to embed the rows of a file."""
    (base / "mine.toml").write_text(DECLARED, encoding="utf-8")
    catalog = read_catalog([base / "mine.toml"])
    encoder, dataset = catalog.encoders["stored"], catalog.datasets["made"]
    listing = list_samples(dataset.loader, base, None)
    matched = match_features(encoder.loader, base, "made", listing, Digests())
    assert matched is not None
    return EmbedTask(
        key=key_of("embed", a=1),
        encoder_key=key_of("encoder", a=1),
        features_sha256=matched.content_sha256,
        encoder=encoder,
        dataset=dataset,
        listing=listing,
        transform=None,
        device="cpu",
        threads=1,
        offline=True,
        weights=None,
        weights_sha256=None,
        missing=(),
        unreadable=None,
    )


def test_features_that_were_planned_are_stored(tmp_path: Path) -> None:
    """The rows of the file become the embedding that was planned."""
    np.save(tmp_path / "x.npy", features())
    task, store = planned(tmp_path), Store(tmp_path / "store")
    task.run(store, lambda _done, _total: None)
    np.testing.assert_array_equal(store.load(task.key), features())


def test_features_that_changed_since_they_were_planned_are_told(tmp_path: Path) -> None:
    """Other features are not stored under the key of those that were planned."""
    np.save(tmp_path / "x.npy", features())
    task, store = planned(tmp_path), Store(tmp_path / "store")
    np.save(tmp_path / "x.npy", features() + 1)
    with pytest.raises(DataError, match="not what they were") as caught:
        task.run(store, lambda _done, _total: None)
    assert caught.value.where == "encoder 'stored', dataset 'made'"
    assert store.note(task.key) is None
