"""Claim: files are hashed at the speed of reading them, and once.

The first listing is set against a plain loop that reads and hashes every file; the
second one, which only looks at them, against a walk with ``os.stat``. Run with
``pytest -m bench -s tests/bench/bench_digests.py``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bench.machine import describe, spread
from zsc_wh.datasets import LOADERS, Digests, list_samples
from zsc_wh.datasets.digests import YOUNG_NS
from zsc_wh.fields import complete

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 3


def made(folder: Path, n: int, n_bytes: int) -> None:
    """Write `n` files of noise under a name that means an image, in 100 folders."""
    rng = np.random.default_rng(0)
    for index in range(n):
        path = folder / f"{index % 100:02}" / f"{index:06}.ppm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.bytes(n_bytes))


def walked(folder: Path) -> list[Path]:
    """Return all files of a folder."""
    return [
        entry for sub in sorted(folder.iterdir()) for entry in sorted(sub.iterdir())
    ]


@pytest.mark.bench
@pytest.mark.parametrize(("n", "n_bytes"), [(50_000, 2_000), (5_000, 100_000)])
def test_listing_against_plain_loops(tmp_path: Path, n: int, n_bytes: int) -> None:
    """Print both times of both listings, run in turn, and the median ratios."""
    made(tmp_path / "images", n, n_bytes)
    time.sleep(1.5 * YOUNG_NS / 1e9)  # younger files are read twice
    loader = {"kind": "folder"} | complete(LOADERS["folder"].fields, {"path": "images"})
    store = tmp_path / "store"

    def listing() -> str:
        return list_samples(loader, tmp_path, None, Digests(store)).key

    def first() -> str:
        shutil.rmtree(store, ignore_errors=True)
        return listing()

    def hashing() -> str:
        digest = hashlib.sha256()
        for path in walked(tmp_path / "images"):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def looking() -> str:
        return str(sum(os.stat(p).st_size for p in walked(tmp_path / "images")))  # noqa: PTH116

    sides: dict[str, Callable[[], str]] = {
        "plain loop that hashes": hashing,
        "first listing": first,
        "plain loop that looks": looking,
        "second listing": listing,
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    sys.stdout.write(f"\n{n} files of {n_bytes} bytes; {describe()}\n")
    for name, seconds in times.items():
        sys.stdout.write(f"{name}: {spread(seconds)} s\n")
    for plain, ours in (
        ("plain loop that hashes", "first listing"),
        ("plain loop that looks", "second listing"),
    ):
        pairs = zip(times[ours], times[plain], strict=True)
        ratios = [our / their for our, their in pairs]
        sys.stdout.write(f"{ours} / {plain}: {spread(ratios)}\n")
