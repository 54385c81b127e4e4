"""Datasets whose digests are kept, and what happens to their files."""

from __future__ import annotations

import os
import sqlite3
import time
import zipfile
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.datasets.made import (
    MANIFEST,
    NAMES,
    loader,
    make_idx,
    make_photos,
    make_tar,
    make_zip,
)
from zsc_wh import datasets
from zsc_wh.datasets import Digests, Listing, digests
from zsc_wh.datasets.digests import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

HOUR_NS = 3600 * 10**9


def set_clock(monkeypatch: pytest.MonkeyPatch, now_ns: Callable[[], int]) -> None:
    """Let files be read at another time than they are."""
    clock = SimpleNamespace(
        time_ns=now_ns, monotonic=time.monotonic, thread_time=time.thread_time
    )
    monkeypatch.setattr(digests, "time", clock)


def look(base: Path, params: Mapping[str, Any] | None = None, **how: Any) -> Listing:
    """List a dataset, by default the folder `photos`; digests are kept beside it."""
    params = params or loader("folder", path="photos")
    return datasets.list_samples(
        params, base, None, Digests(base / "store", **how), "the photos"
    )


def afresh(base: Path, params: Mapping[str, Any] | None = None) -> Listing:
    """List a dataset of which nothing is known."""
    return datasets.list_samples(params or loader("folder", path="photos"), base, None)


def kept(base: Path) -> dict[str, str]:
    """Return what is kept, by name of the file."""
    with sqlite3.connect(base / "store" / NAME) as cache:
        rows = cache.execute("select name, sha256 from sample").fetchall()
    cache.close()
    return {name: sha256.hex() for name, sha256 in rows}


def exchange(path: Path, change: Callable[[Path], object]) -> None:
    """Change a file and set its size and time back; only its ctime tells."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # within a tick of the clock
        change(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def packed(base: Path, pack: Callable[[Path, Path], Path]) -> Mapping[str, Any]:
    pack(make_photos(base / "photos"), base / "x")
    return loader("folder", path="x")


def manifest(base: Path) -> Mapping[str, Any]:
    make_photos(base / "photos")
    (base / "t.csv").write_text(MANIFEST, encoding="ascii")
    return loader("manifest", path="t.csv", images="photos", levels=["species"])


def folder(base: Path) -> Mapping[str, Any]:
    make_photos(base / "photos")
    return loader("folder", path="photos")


FILES: dict[str, Callable[[Path], Mapping[str, Any]]] = {
    "folder": folder,
    "zip": partial(packed, pack=make_zip),
    "tar": partial(packed, pack=make_tar),
    "tar.gz": partial(packed, pack=partial(make_tar, mode="w:gz")),
    "manifest": manifest,
}
kinds = pytest.mark.parametrize("make", FILES.values(), ids=FILES)


def stored_zip(folder: Path, path: Path) -> Path:
    """Pack a folder without compression, so that the size tells nothing."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in NAMES:
            archive.write(folder / name, name)
    return path


def save_idx(base: Path) -> Mapping[str, Any]:
    make_idx(base / "raw")
    return loader("idx", path="raw")


def save_features(base: Path) -> Mapping[str, Any]:
    np.save(base / "x.npy", np.eye(5, dtype=np.float32))
    return loader("embeddings", path="x.npy", labels="none")
