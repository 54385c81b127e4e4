"""Claim: many images are listed, hashed and first decoded in few passes.

What a plan does with a dataset of 200,000 images, against a loop over the library that
reads every member and hashes it: for an archive zipfile or tarfile, for a table polars
and a plain loop over the files. Both sides run in turn, in processes of their own.
Processor time is compared, as it does not depend on who else uses the machine. Run with
``pytest -m bench -s tests/bench/bench_listing.py``.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.bench.machine import describe, spread

if TYPE_CHECKING:
    from pathlib import Path

N = 200_000
ROUNDS = 3
OURS = """
import sys, time
from pathlib import Path
from zsc_wh import datasets
from zsc_wh.fields import complete

base, kind, given = Path(sys.argv[1]), sys.argv[2], eval(sys.argv[3])
loader = {"kind": kind} | complete(datasets.LOADERS[kind].fields, given)
start = time.process_time()
with datasets.archives_stay_open():
    listing = datasets.list_samples(loader, base, None, datasets.Digests(base / "s"))
    datasets.open_images(loader, base, listing).read(0)
print(time.process_time() - start, len(set(listing.digests)))
"""
LIBRARY = """
import hashlib, sys, tarfile, time, zipfile
from pathlib import Path
import polars as pl

base, name = Path(sys.argv[1]), sys.argv[2]
start = time.process_time()
if name == "x.zip":
    with zipfile.ZipFile(base / name) as archive:
        contents = map(archive.read, archive.infolist())
        found = {hashlib.sha256(content).digest() for content in contents}
elif name == "x.tar":
    with tarfile.open(base / name) as archive:
        contents = (archive.extractfile(member).read() for member in archive)
        found = {hashlib.sha256(content).digest() for content in contents}
else:
    paths = pl.read_csv(base / name)["path"]
    contents = ((base / path).read_bytes() for path in paths)
    found = {hashlib.sha256(content).digest() for content in contents}
print(time.process_time() - start, len(found))
"""
SIDES = {
    "x.zip": ("folder", {"path": "x.zip"}),
    "x.tar": ("folder", {"path": "x.tar"}),
    "x.csv": ("manifest", {"path": "x.csv", "levels": ["class"]}),
}


def made(folder: Path, name: str) -> None:
    """Write small PNGs in 50 classes."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (9, 9, 200)).save(file, "PNG")
    content = file.getvalue()
    paths = [f"c{index % 50}/{index:07d}.png" for index in range(N)]
    if name == "x.zip":
        with zipfile.ZipFile(folder / name, "w") as packed:
            for path in paths:
                packed.writestr(path, content)
    elif name == "x.tar":
        with tarfile.open(folder / name, "w") as archive:
            for path in paths:
                info = tarfile.TarInfo(path)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    else:
        for index in range(50):
            (folder / f"c{index}").mkdir()
        for path in paths:
            (folder / path).write_bytes(content)
        rows = (f"{path},{path.split('/')[0]}\n" for path in paths)
        (folder / name).write_text("path,class\n" + "".join(rows), encoding="ascii")


def run(code: str, *arguments: str) -> float:
    """Return the processor seconds that a process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True
    )
    seconds, distinct = done.stdout.split()
    assert int(distinct) == 1
    return float(seconds)


@pytest.mark.bench
@pytest.mark.parametrize("name", SIDES)
def test_listing_against_the_library(tmp_path: Path, name: str) -> None:
    """Print processor seconds of both sides and the ratio."""
    made(tmp_path, name)
    kind, given = SIDES[name]
    times: dict[str, list[float]] = {"ours": [], "library": []}
    for _ in range(ROUNDS):
        for kept in tmp_path.glob("s/*"):
            kept.unlink()
        times["ours"].append(run(OURS, str(tmp_path), kind, repr(given)))
        times["library"].append(run(LIBRARY, str(tmp_path), name))
    sys.stdout.write(f"\n{N} images, {name}; {describe()}\n")
    for side, seconds in times.items():
        sys.stdout.write(f"{side}: {spread(seconds)} s of processor time\n")
    pairs = zip(times["ours"], times["library"], strict=True)
    sys.stdout.write(f"ours / library: {spread([a / b for a, b in pairs])}\n")
