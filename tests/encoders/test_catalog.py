from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.encoders.made import embed_made, samples
from zsc_wh import encoders
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
