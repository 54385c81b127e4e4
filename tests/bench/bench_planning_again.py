"""Claim: a folder of 1,000,000 files is listed again in seconds.

What a second plan does with it, against a plain walk: `os.scandir` and the ``stat`` of
every file, which any check of the folder has to do. Both sides run in turn, in
processes of their own, and processor time is compared, as it does not depend on who
else uses the machine.
Run with ``pytest -m bench -s tests/bench/bench_planning_again.py``.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.machine import describe, spread

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS, FILES = 200, 5000
ROUNDS = 3
OURS = """
import sys, time
from pathlib import Path
from zsc_wh import datasets
from zsc_wh.fields import complete

base = Path(sys.argv[1])
given = complete(datasets.LOADERS["folder"].fields, {"path": "photos"})
start = time.process_time()
known = datasets.Digests(base / "store")
listing = datasets.list_samples({"kind": "folder"} | given, base, None, known)
print(time.process_time() - start, len(listing))
"""
WALK = """
import os, sys, time

start, n, folders = time.process_time(), 0, [sys.argv[1] + "/photos"]
while folders:
    with os.scandir(folders.pop()) as entries:
        for entry in entries:
            if entry.is_dir():
                folders.append(entry.path)
            else:
                entry.stat()
                n += 1
print(time.process_time() - start, n)
"""


def run(code: str, folder: Path) -> float:
    """Return the processor seconds that a process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True
    )
    seconds, n = done.stdout.split()
    assert int(n) == FOLDERS * FILES
    return float(seconds)


@pytest.mark.bench
def test_listing_again_against_a_walk(tmp_path: Path) -> None:
    """Print processor seconds of both sides and the ratio."""
    for folder in range(FOLDERS):
        inside = tmp_path / f"photos/class{folder:03d}"
        inside.mkdir(parents=True)
        for file in range(FILES):
            (inside / f"{file:05d}.jpg").write_bytes(b"%d %d" % (folder, file))
    first = run(OURS, tmp_path)
    run(OURS, tmp_path)  # the last files were too young to be trusted
    times: dict[str, list[float]] = {"ours": [], "walk": []}
    for _ in range(ROUNDS):
        times["ours"].append(run(OURS, tmp_path))
        times["walk"].append(run(WALK, tmp_path))
    sys.stdout.write(f"\n{FOLDERS * FILES} files; {describe()}\n")
    sys.stdout.write(f"first time, which reads all: {first:.1f} s\n")
    for side, seconds in times.items():
        sys.stdout.write(f"{side}: {spread(seconds)} s of processor time\n")
    pairs = zip(times["ours"], times["walk"], strict=True)
    sys.stdout.write(f"ours / walk: {spread([a / b for a, b in pairs])}\n")
