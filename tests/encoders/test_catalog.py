from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.datasets.made import make_idx
from tests.encoders.made import embed_made, samples
from zsc_wh import datasets, encoders
from zsc_wh.fields import complete
from zsc_wh.resources import data_folder


def shipped(kind: str) -> dict[str, dict[str, Any]]:
    """Return the shipped entries of a kind, as written."""
    path = data_folder("ingest") / "catalog" / f"{kind}s.toml"
    entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))[kind]
    return entries


def encoder_loader(name: str) -> dict[str, Any]:
    """Return the complete loader of a shipped encoder."""
    given = shipped("encoder")[name]["loader"]
    fields = encoders.LOADERS[given["kind"]].fields
    return {"kind": given["kind"], **complete(fields, given)}


LIGHT = [
    name
    for name, entry in shipped("encoder").items()
    if entry["loader"]["kind"] in ("pixels", "random")
]


@pytest.mark.parametrize("name", LIGHT)
def test_shipped_encoder_works(name: str) -> None:
    """What the catalog declares can be made, and tells images apart."""
    size = shipped("encoder")[name]["image_size"]
    result = embed_made(encoder_loader(name), samples(4), size)
    assert len(np.unique(result.array.round(4), axis=0)) == 4


@pytest.mark.parametrize(
    "name", [each for each in shipped("encoder") if each not in LIGHT]
)
def test_shipped_weights_exist(name: str) -> None:
    """What the catalog names is known to the library that loads it."""
    status = encoders.weights_status(encoder_loader(name), Path())
    assert status is None or str(status.url).startswith("https://")


@pytest.mark.parametrize("name", shipped("dataset"))
def test_shipped_dataset_works(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the catalog declares is found in its published layout, and has labels."""
    monkeypatch.setenv("ZSCWH_DATA", str(tmp_path))
    given = shipped("dataset")[name]["loader"]
    if given["kind"] == "idx":
        split = "train" if name.endswith("_train") else "t10k"
        folder = {"mnist": "MNIST", "fashionmnist": "FashionMNIST", "kmnist": "KMNIST"}
        make_idx(tmp_path / folder[name.split("_")[0]] / "raw", prefix=f"{split}-")
    fields = datasets.LOADERS[given["kind"]].fields
    loader = {"kind": given["kind"], **complete(fields, given)}
    assert datasets.list_samples(loader, Path(), None).n_classes
