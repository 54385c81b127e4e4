"""What a running ingest shows: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from shlex import quote
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from zsc_wh.cli.failing import Failures
from zsc_wh.engine.plan import State
from zsc_wh.engine.planned import overview
from zsc_wh.records import RETRIED, Outcome, Status
from zsc_wh.sqlfiles import queries
from zsc_wh.words import counted, format_bytes, plural, some
from zsc_wh.work import STAGES

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zsc_wh.declare import Grid
    from zsc_wh.engine.plan import Plan
    from zsc_wh.engine.reporting import Summary
    from zsc_wh.work import Work

PLAIN_EVERY_S = 10.0
"""Seconds between lines where there is no terminal."""
LIVE_EVERY_S = 0.2
"""Seconds between changes of the live line."""
_SHOWN = 4  # of the reasons why results are not sound clusterings


class Display:
    """The reporter of the command line; writes to standard error."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._started_at = time.monotonic()
        self._shown_at = 0.0
        self._ended = self._total = 0
        self._running: dict[str, str] = {}
        self._seen: dict[str, tuple[int, float]] = {}
        self._failures: Failures | None = None
        self._costs: dict[str, _Cost] = {stage: _Cost() for stage in STAGES}

    def reading(self, title: str, done: int, total: int) -> None:
        """Show how many samples of a dataset have been read to know their content."""
        if self._is_due():
            self._show(f"reading {title}: {done:,} of {total:,} samples")

    def checking(self, title: str, done: int, total: int) -> None:
        """Show which entry of a catalog is looked at."""
        if self._is_due():
            self._show(f"checking {title}: {done:,} of {total:,} are done")

    def planned(self, plan: Plan, changed: Sequence[str]) -> None:
        """Say what is going to run."""
        self.say(overview(plan, changed))
        self._total = len(plan.graph)
        self._failures = Failures(plan)

    def say(self, line: str) -> None:
        """Write a line above the live one."""
        self.clear()
        click.echo(line, err=True)

    def started(self, work: Work) -> None:
        """Show a task as running."""
        self._running[work.id] = f"{work.stage} {work.title}"

    def returned(self, work: Work) -> None:
        """Show a task as waiting again."""
        self._running.pop(work.id)
        self._seen.pop(work.id, None)

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Show how far a running task is, and its rate since it first told.

        What came before was loading, or was done by an earlier ingest.
        """
        now = time.monotonic()
        begun, then = self._seen.setdefault(work.id, (done, now))
        line = f"{work.stage} {work.title} {done:,}/{total:,}"
        if done > begun and now > then:
            rate = (done - begun) / (now - then)
            line += f", {rate:,.{0 if rate >= 10 else 1}f} a second"
        self._running[work.id] = line

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Count a task; say so when it failed."""
        self._ended += 1
        if self._running.pop(work.id, None) is None:
            return  # it did not run: what it waited for has been told
        self._costs[work.stage].add(outcome)
        if outcome.status not in (Status.DONE, Status.SKIPPED):
            line = self._failures and self._failures.add(work, outcome)
            if line:
                self.say(line)

    def tick(self, summary: Summary, left_s: float) -> None:
        """Refresh the display when it is time."""
        if self._is_due():
            self._show(self._line(self._shown_at, summary, left_s))

    def _is_due(self) -> bool:
        """Whether it is time for another line; takes note of it."""
        now = time.monotonic()
        every = LIVE_EVERY_S if self._live else PLAIN_EVERY_S
        if now - max(self._shown_at, self._started_at) < every:
            return False
        self._shown_at = now
        return True

    def _show(self, line: str) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            click.echo(f"\r\033[K{line[:width]}", nl=False, err=True)
        else:
            click.echo(line, err=True)

    def finish(self, summary: Summary, warehouse: Path, shards: Path | None) -> None:
        """Say what was done, what it cost and what to do next.

        `shards` is the folder of shards that were not loaded.
        """
        self.clear()
        elapsed = time.monotonic() - self._started_at
        executed = sum(summary.cells.values())
        is_all = not (summary.interrupted or summary.failed)
        scored = summary.plan.count(State.SCORE) if is_all else 0
        self.say(
            f"{counted(executed, 'cell')} executed in {elapsed:.1f} s"
            + _by(summary.cells)
            + (f"; {counted(scored, 'cell')} scored anew" if scored else "")
        )
        for line in _remarks(summary):
            self.say(line)
        if summary.executed:
            self.say(_cost_table(self._costs))
        for line in self._failures.repeated() if self._failures else ():
            self.say(line)
        if summary.interrupted:
            left = self._total - self._ended
            self.say(
                f"stopped with {left} of {counted(self._total, 'task')} left; what is "
                "done is kept. The same command goes on from here."
            )
            return
        for reason, count in summary.too_large.most_common():
            self.say(f"{counted(count, 'task')} skipped: {reason}")
        if summary.too_large:
            self.say("with a larger --memory-limit the same command runs them")
        if summary.missed:
            self._say_what_failed(summary, warehouse)
        if executed and shards is not None:
            load = f"{_command(warehouse)} load {quote(str(shards))}"
            self.say(f"bring them in with `{load}`")
        elif executed and not summary.failed:
            zscwh = _command(warehouse)
            (grid, *_) = summary.plan.grids
            asked = f"{_shown_by(grid)} -p {quote(f'grid={grid.name}')}"
            self.say(
                f"see them with `{zscwh} query {asked}`, or as a page with "
                f"`{zscwh} report --grid {quote(grid.name)} "
                f"-o {quote(f'{grid.name}.html')}`"
            )

    def _say_what_failed(self, summary: Summary, warehouse: Path) -> None:
        """Say how what is not done is tried again."""
        is_blocked = summary.cells[Status.BLOCKED] > 0
        if is_blocked:
            self.say(
                "some cells were blocked by a fault of a declaration, of files or of "
                "the machine; once it is mended, the same command runs them"
            )
        if not is_blocked or any(summary.cells[status] for status in RETRIED["all"]):
            self.say(
                "some cells failed; the others are done. See "
                f"`{_command(warehouse)} query failures`; "
                "--retry failed runs them again."
            )

    def _line(self, now: float, summary: Summary, left_s: float) -> str:
        elapsed = now - self._started_at
        tasks = plural(self._total, "task")
        parts = [f"{self._ended}/{self._total} {tasks}", f"{elapsed:.0f} s"]
        # what runs has used up its forecast, and nothing waits for its turn
        is_late = self._running and left_s < 1
        parts.append(
            "longer than forecast" if is_late else f"about {_duration(left_s)} left"
        )
        if summary.failed_tasks:
            parts.append(f"{summary.failed_tasks} failed")
        if summary.cancelled_tasks:
            parts.append(f"{summary.cancelled_tasks} cancelled")
        return ", ".join(parts) + ": " + "; ".join(self._running.values())

    def clear(self) -> None:
        """Remove the live line."""
        if self._live:
            click.echo("\r\033[K", nl=False, err=True)


class _Cost:
    """Sum of what the tasks of one stage took."""

    def __init__(self) -> None:
        self.tasks = 0
        self.total_s = self.longest_s = 0.0
        self.peak_bytes = 0

    def add(self, outcome: Outcome) -> None:
        self.tasks += 1
        self.total_s += outcome.wall_s or 0.0
        self.longest_s = max(self.longest_s, outcome.wall_s or 0.0)
        self.peak_bytes = max(self.peak_bytes, outcome.peak_bytes or 0)


def _cost_table(costs: dict[str, _Cost]) -> str:
    lines = ["stage       tasks    total s  longest s  peak memory"]
    lines += [
        f"{stage:<10}{cost.tasks:>7}{cost.total_s:>11.1f}{cost.longest_s:>11.1f}"
        f"{format_bytes(cost.peak_bytes):>13}"
        for stage, cost in costs.items()
        if cost.tasks
    ]
    return "\n".join(lines)


def _remarks(summary: Summary) -> Iterator[str]:
    """Say which results are not sound clusterings, and which samples are in none."""
    for (status, reason), count in summary.remarks.most_common(_SHOWN):
        yield f"{status} ({counted(count, 'cell')}): {reason}"
    more = len(summary.remarks) - _SHOWN
    if more > 0:
        yield (
            f"and {counted(more, 'more reason')}, which `zscwh explain CELL` shows "
            "cell by cell"
        )
    for name, reasons in summary.unreadable.items():
        ids = summary.plan.sources[name].listing.sample_ids
        samples = some(f"{ids[index]}: {reasons[index]}" for index in sorted(reasons))
        yield (
            f"{name}: {len(reasons)} of {counted(len(ids), 'sample')} could not be "
            f"read and {plural(len(reasons), 'is', 'are')} left out: {samples}"
        )


def _shown_by(grid: Grid) -> str:
    """Return the query that shows the scores of a grid."""
    columns = {column.name for column in queries()["results"].columns}
    names = {score.name for score in grid.scores}
    return "scores" if names and not names & columns else "results"


def _command(warehouse: Path) -> str:
    """Return the command with its warehouse, if that was named on the command line."""
    root = click.get_current_context().find_root()
    if root.get_parameter_source("warehouse") is not ParameterSource.COMMANDLINE:
        return "zscwh"
    return f"zscwh --warehouse {quote(str(warehouse))}"


def _by(counts: Counter[str]) -> str:
    if not counts:
        return ""
    return ": " + ", ".join(f"{n} {status}" for status, n in counts.most_common())


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
