"""Claim: the study is planned in under two seconds once its listings are cached.

Run with ``pytest -m bench -s tests/bench/bench_plan.py``. Planned where nothing of its
data is, and over small sets in their official layouts; a file more costs about 20
microseconds, for it is looked at each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.bench.machine import describe, spread
from tests.study_mini.layouts import make_all

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 7


@pytest.mark.bench
@pytest.mark.parametrize("where", ["nothing is here", "all datasets are here"])
def test_plan_of_the_study(where: str, tmp_path: Path) -> None:
    """Print the first time and the later ones, in all and on the processor."""
    data = tmp_path / "data"
    data.mkdir()
    if where.startswith("all"):
        make_all(data)
        time.sleep(2.5)  # a file as young as that is read again
    command = [sys.executable, "-m", "zsc_wh", "plan", "study"]
    walls, cpus = [], []
    for _ in range(ROUNDS + 1):
        before, start = os.times(), time.perf_counter()
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | {"ZSCWH_DATA": str(data)},
            capture_output=True,
            check=False,
        )
        walls.append(time.perf_counter() - start)
        after = os.times()
        cpus.append(
            after.children_user
            - before.children_user
            + after.children_system
            - before.children_system
        )
        # the private weights are missing, whatever the data
        assert done.returncode == 2, done.stderr.decode()
    sys.stdout.write(
        f"\n{where}; {describe()}\nfirst: {walls[0]:.3g} s\n"
        f"then: {spread(walls[1:])} s, of the processor {spread(cpus[1:])} s\n"
    )
