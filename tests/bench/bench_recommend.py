"""Claim: silhouette and consensus together choose no worse than each, and say how well.

Run with ``pytest -m bench -s tests/bench/bench_recommend.py``; ``$ZSCWH_DATA`` says
where MNIST and CIFAR-10 are (see `tests.bench.real_images`). Nine labelled sets of at
most 1,000 images, eight encoders without training, two reducers, six clusterers. The
product was chosen on seed 0: the other seeds judge it. Verdicts rest on sets of the
other two collections alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zsc_wh
from tests.bench import hand_made
from tests.bench.machine import describe
from tests.bench.real_images import _cifar10, _digits, _mnist
from zsc_wh.declare.written import toml_value

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.bench

SEEDS = (0, 1, 2)
SAMPLES = 1000
CLASSES: dict[str, dict[str, Iterable[int]]] = {
    "digits": {"all": range(10), "high": range(5, 10), "even": range(0, 10, 2)},
    "mnist": {"all": range(10), "low": range(5), "odd": range(1, 10, 2)},
    # airplane automobile bird cat deer dog frog horse ship truck
    "cifar": {"all": range(10), "vehicles": (0, 1, 8, 9), "animals": range(2, 8)},
}
"""Classes of the sets that are cut from each collection."""

HAND_MADE = {
    "histogram": {"bins": 16},
    "gradients": {"cells": 4},
    "small": {"side": 8},
    "patches": {"count": 200, "side": 6},
}
UNTRAINED = ["pixels", "resnet18_random", "vit_tiny_random", "convnext_atto_random"]


def sets_of(folder: Path) -> dict[str, list[str]]:
    """Write the image folders; return the names of the sets of each collection."""
    from PIL import Image

    rng = np.random.default_rng(0)
    found: dict[str, list[str]] = {}
    for source, read in (("digits", _digits), ("mnist", _mnist), ("cifar", _cifar10)):
        X, y = read()
        side = round((X[0].size // (3 if source == "cifar" else 1)) ** 0.5)
        images = (X * 255).astype(np.uint8).reshape(len(X), side, side, -1).squeeze()
        for name, classes in CLASSES[source].items():
            kept = rng.permutation(np.flatnonzero(np.isin(y, [*classes])))[:SAMPLES]
            for row in kept:
                place = folder / f"{source}-{name}" / str(y[row])
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(images[row]).save(place / f"{row:05d}.png")
            found.setdefault(source, []).append(f"{source}-{name}")
    return found


def grid(folder: Path, datasets: list[str], seed: int) -> str:
    """Return the grid of one seed."""
    lines = [
        f'name = "seed-{seed}"',
        f"seeds = [{seed}]",
        'scores = ["ami", "silhouette", "silhouette_original", "silhouette_umap"]',
    ]
    for name in datasets:
        loader: dict[str, object] = {"kind": "folder", "path": str(folder / name)}
        lines += [f"[dataset.{name}]", f"loader = {toml_value(loader)}"]
    for name, params in HAND_MADE.items():
        loader = {"kind": "python", "target": f"hand_made:{name}", "params": params}
        lines += [f"[encoder.hand-{name}]", f"loader = {toml_value(loader)}"]
        lines += ["image_size = 32"]
    encoders = [*UNTRAINED, *(f"hand-{name}" for name in HAND_MADE)]
    return "\n".join(
        [
            *lines,
            "[[cross]]",
            f"datasets = {toml_value(datasets)}",
            f"encoders = {toml_value(encoders)}",
            'reducers = ["pca-0.85", "umap-50"]',
            'clusterers = ["kmeans", "spectral", "ac-known", "ac-unknown", "affinity", '
            '"hdbscan"]',
        ]
    )


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def test_regret_and_verdicts(tmp_path: Path) -> None:
    """Print what each selector loses by seed, and the verdict on each set."""
    sources = sets_of(tmp_path / "sets")
    datasets = [name for own in sources.values() for name in own]
    warehouse = tmp_path / "bench.duckdb"
    paths = os.pathsep.join([str(Path(hand_made.__file__).parent), *sys.path])
    for seed in SEEDS:
        file = tmp_path / f"seed-{seed}.toml"
        file.write_text(grid(tmp_path / "sets", datasets, seed), encoding="utf-8")
        command = [sys.executable, "-m", "zsc_wh", "--warehouse", str(warehouse)]
        subprocess.run(
            [*command, "ingest", str(file), "-j", "2"],
            env=os.environ | {"PYTHONPATH": paths},
            check=True,
        )
    opened = zsc_wh.open(warehouse)
    say("\n" + describe())
    regrets = {
        seed: opened.query("selector_regret", grid=f"seed-{seed}", per_dataset=False)
        for seed in SEEDS
    }
    say("mean AMI lost   " + "  ".join(f"seed {seed}" for seed in SEEDS))
    for place, selector in enumerate(regrets[0]["selector"]):
        lost = [found["regret"][place] for found in regrets.values()]
        if None not in lost:
            say(f"{selector:20}" + "  ".join(f"{each:6.3f}" for each in lost))
    say("set, verdict from the other collections, AMI lost, expected, at random")
    for source, own in sources.items():
        others = [each for name in sources if name != source for each in sources[name]]
        for dataset in own:
            found = opened.query("selector_regret", datasets=[dataset, *others])
            rows = {
                row["selector"]: row
                for row in found.iter_rows(named=True)
                if row["dataset"] == dataset
            }
            row, random = rows["combination"], rows["random"]["regret"]
            say(
                f"{dataset:16} {row['verdict']:13} {row['regret']:.3f} "
                f"{row['expected_loss']:.3f} ({row['loss_low']:.3f} to "
                f"{row['loss_high']:.3f}) {random:.3f}"
            )
