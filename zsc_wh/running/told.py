"""What a caller from Python is told while an ingest runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zsc_wh.running.results import frame
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from zsc_wh.engine.plan import Plan
    from zsc_wh.engine.reporting import Summary
    from zsc_wh.records import Outcome
    from zsc_wh.work import Work

EVERY_S = 10.0
"""Seconds between lines on how far an ingest is."""


class Told:
    """The reporter of an ingest from Python: lines for the caller, runs for the result.

    Parameters
    ----------
    say : callable
        Takes a line.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._told_at = time.monotonic()
        self._ended = self._total = 0
        self._runs: dict[str, tuple[str, str | None]] = {}

    def reading(self, title: str, done: int, total: int) -> None:
        """Say how many samples of a dataset are read."""
        self._now_and_then(f"reading {title}: {done:,} of {total:,} samples")

    def checking(self, title: str, done: int, total: int) -> None:
        """Say which encoder is checked."""
        self._now_and_then(f"checking {title}: {done:,} of {total:,} are done")

    def planned(self, plan: Plan, changed: Sequence[str]) -> None:
        """Say what is going to run."""
        from zsc_wh.engine.planned import overview

        self._total = len(plan.graph)
        self._say(overview(plan, changed))

    def say(self, line: str) -> None:
        """Pass a line on."""
        self._say(line)

    def started(self, work: Work) -> None:
        """Take no note of a task that began."""

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Take no note of how far a task is."""

    def returned(self, work: Work) -> None:
        """Take no note of a task that waits again."""

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Keep how a cell ended; say what failed."""
        from zsc_wh.records import Status

        self._ended += 1
        status, reason = str(outcome.status), outcome.reason
        if outcome.status not in (Status.DONE, Status.SKIPPED):
            self._say(f"{status}: {work.stage} {work.title}: {reason}")
        if work.is_cell:
            if outcome.status is Status.DONE:
                (row,) = outcome.rows["run"]
                status, reason = row["status"], row["reason"]
            self._runs[work.key] = (status, reason)

    def tick(self, summary: Summary, left_s: float) -> None:
        """Say how far it is, from time to time."""
        del summary
        tasks = counted(self._total, "task")
        self._now_and_then(f"{self._ended:,} of {tasks}, about {left_s:.0f} s left")

    def cells(self, plan: Plan) -> pl.DataFrame:
        """Return the cells of a plan with the runs that were made."""
        import polars as pl

        from zsc_wh.engine.planned import cell_rows

        found = frame(cell_rows(plan)).drop("reason")
        runs = [self._runs.get(key, (None, None)) for key in found["cell_key"]]
        made = pl.DataFrame(
            runs, {"status": pl.String, "reason": pl.String}, orient="row"
        )
        return found.hstack(made).select(pl.exclude("cell_key"), "cell_key")

    def _now_and_then(self, line: str) -> None:
        now = time.monotonic()
        if now - self._told_at >= EVERY_S:
            self._told_at = now
            self._say(line)
