"""Claim: ``zscwh --help`` takes at most 1.5 times a bare ``import click, duckdb``."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

ROUNDS = 15
SIDES = {
    "zscwh --help": ("-m", "zsc_wh", "--help"),
    "import click, duckdb": ("-c", "import click, duckdb"),
}


@pytest.mark.bench
def test_help_against_bare_imports() -> None:
    """Print both times, run in turn, and the median of their ratios."""
    times: dict[str, list[float]] = {name: [] for name in SIDES}
    for _ in range(ROUNDS):
        for name, args in SIDES.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *args], check=True, capture_output=True)
            times[name].append(time.perf_counter() - start)
    for name, seconds in times.items():
        low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
        sys.stdout.write(f"\n{name}: {middle:.3f} s ({low:.3f} to {high:.3f})")
    ratios = [ours / bare for ours, bare in zip(*times.values(), strict=True)]
    sys.stdout.write(
        f"\nratio: {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}) over {ROUNDS} rounds, "
        f"Python {sys.version.split()[0]}\n"
    )
