from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.encoders.made import embed_made, samples
from zsc_wh import datasets, encoders
from zsc_wh.fields import complete
from zsc_wh.resources import data_folder


def shipped(kind: str) -> dict[str, dict[str, Any]]:
    """Return the shipped entries of a kind, as written."""
    path = data_folder("ingest") / "catalog" / f"{kind}s.toml"
    entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))[kind]
    return entries


@pytest.mark.parametrize("name", shipped("encoder"))
def test_shipped_encoder_works(name: str) -> None:
    """What the catalog declares can be made, and tells images apart."""
    entry = shipped("encoder")[name]
    fields = encoders.LOADERS[entry["loader"]["kind"]].fields
    declared = {"kind": entry["loader"]["kind"], **complete(fields, entry["loader"])}
    result = embed_made(declared, samples(4), entry["image_size"])
    assert len(np.unique(result.array.round(4), axis=0)) == 4


@pytest.mark.parametrize("name", shipped("dataset"))
def test_shipped_dataset_works(name: str) -> None:
    """What the catalog declares can be listed, and has labels."""
    loader = shipped("dataset")[name]["loader"]
    listing = datasets.LOADERS[loader["kind"]].listing(loader, Path())
    assert listing.n_classes
