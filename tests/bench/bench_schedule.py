"""Claim: 100,000 works are scheduled in under 10 s, beside what they take themselves.

Run with ``pytest -m bench -s tests/bench/bench_schedule.py``. The works do nothing and
end at once; the shape of the graph is that of a grid: embeddings, reductions of each,
clusterings of each, and scores that come after all of one array.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from tests.bench.machine import describe
from tests.engine.test_schedule import Bench, Made

EMBEDDINGS, REDUCTIONS, CELLS = 100, 10, 98


@pytest.mark.bench
@pytest.mark.parametrize("memory", ["plenty", "scarce"])
def test_time_of_scheduling(memory: str) -> None:
    """Print the time for each shape of memory: all fits, or half of it waits."""
    works: list[Made] = []
    for e in range(EMBEDDINGS):
        embedding = Made(f"e{e}", cores=2, seconds=5)
        works.append(embedding)
        for r in range(REDUCTIONS):
            reduction = Made(f"e{e}r{r}", (embedding,))
            size = 2**20 if memory == "plenty" else 2**20 * (30 + 30 * (r % 2))
            cells = [
                Made(f"e{e}r{r}c{c}", (reduction,), bytes=size) for c in range(CELLS)
            ]
            scores = Made(f"e{e}r{r}s", (reduction,), tuple(cells))
            works += [reduction, *cells, scores]
    start = time.perf_counter()
    bench: Any = Bench(slots=16).run(*works)
    took = time.perf_counter() - start
    assert len(bench.started_) == len(works)
    sys.stdout.write(
        f"\n{len(works):,} works, memory {memory}: {took:.1f} s; {describe()}\n"
    )
