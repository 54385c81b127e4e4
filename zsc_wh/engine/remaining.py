"""How long an ingest will take: forecasts of what is left, set right by what ran.

While nothing is reported, time passes and the time left falls with it: a task that
takes longer than its forecast counts as about to end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.work import Cost

_PRIOR_S = 2.0
"""Weight of a forecast against measured times: two seconds measured weigh as much."""


@dataclass
class _Kind:
    """Tasks of one kind: those that wait, and forecast and time of those that ran."""

    waiting: int = 0
    waiting_s: float = 0.0
    longest_s: float = 0.0
    warm_up_s: float = 0.0
    cores: int = 1
    alone: frozenset[str] = frozenset()
    started: int = 0
    forecast_s: float = 0.0
    measured_s: float = 0.0

    @property
    def factor(self) -> float:
        """By how much this machine differs from the forecasts."""
        return (self.measured_s + _PRIOR_S) / (self.forecast_s + _PRIOR_S)


@dataclass
class _Running:
    """A running task: when it began, and how long it takes in all.

    `together` is how many share that time. `seen` is the first progress that it
    reported, as share and time: what came before was loading and compiling.
    """

    kind: _Kind
    began: float
    forecast_s: float
    total_s: float
    together: int
    seen: tuple[float, float] | None = None


class TimeLeft:
    """Keeps account of the tasks of an ingest.

    Parameters
    ----------
    costs : mapping of str to Cost
        Of every task that can run, by id.
    slots : int
        Tasks that run side by side.
    """

    def __init__(self, costs: Mapping[str, Cost], slots: int) -> None:
        self._slots = slots
        self._costs = costs
        self._waiting: dict[str, Cost] = {}
        self._running: dict[str, _Running] = {}
        self._kinds: dict[str, _Kind] = {}
        for task_id in costs:
            self._wait(task_id)

    def _wait(self, task_id: str) -> None:
        """Put a task among those that wait."""
        self._waiting[task_id] = cost = self._costs[task_id]
        kind = self._kinds.setdefault(cost.kind, _Kind())
        kind.waiting += 1
        kind.waiting_s += cost.seconds
        kind.longest_s = max(kind.longest_s, cost.seconds)
        kind.warm_up_s = cost.warm_up_s
        kind.cores = min(cost.cores, self._slots)
        kind.alone = cost.alone

    def started(self, task_ids: Sequence[str], now: float) -> None:
        """Take note that a task began; times are seconds of one clock.

        `task_ids` are those that are done together, which share its time.
        """
        found = {task_id: self._leave(task_id) for task_id in task_ids}
        forecasts = {}
        for task_id, (kind, forecast_s) in found.items():
            # each worker loads and compiles a library once
            forecasts[task_id] = forecast_s
            if task_id == task_ids[0] and kind.started < self._slots:
                forecasts[task_id] += kind.warm_up_s
            kind.started += 1
        total_s = sum(forecasts[each] * found[each][0].factor for each in found)
        for task_id, (kind, _) in found.items():
            self._running[task_id] = _Running(
                kind, now, forecasts[task_id], total_s, len(found)
            )

    def returned(self, task_id: str) -> None:
        """Take note that a task that began waits again."""
        self._running.pop(task_id)
        self._wait(task_id)

    def progressed(self, task_id: str, share: float, now: float) -> None:
        """Take note of the share of a task that is done, 0 to 1."""
        running = self._running[task_id]
        if running.seen is None:
            running.seen = share, now
            return
        share_then, then = running.seen
        if share > share_then:
            rate = (now - then) / (share - share_then)
            running.total_s = now - running.began + rate * (1 - share)

    def ended(self, task_id: str, now: float, wall_s: float | None = None) -> None:
        """Take note that a task ended, or that it will not run.

        `wall_s` is its time, where that is not all since it began.
        """
        running = self._running.pop(task_id, None)
        if running is None:
            if task_id in self._waiting:
                self._leave(task_id)
        else:
            running.kind.forecast_s += running.forecast_s
            running.kind.measured_s += now - running.began if wall_s is None else wall_s

    def seconds(self, now: float) -> float:
        """Return the seconds that are left, from 0."""
        core_s = longest = 0.0
        in_turn: dict[str, float] = defaultdict(float)
        for kind in self._kinds.values():
            cold = min(kind.waiting, max(self._slots - kind.started, 0))
            seconds = (kind.waiting_s + cold * kind.warm_up_s) * kind.factor
            core_s += seconds * kind.cores
            for name in kind.alone:
                in_turn[name] += seconds
            if kind.waiting:
                longest = max(longest, kind.longest_s * kind.factor)
        for running in self._running.values():
            seconds = max(running.began + running.total_s - now, 0.0)
            core_s += seconds / running.together * running.kind.cores
            for name in running.kind.alone:
                in_turn[name] += seconds / running.together
            longest = max(longest, seconds)
        return max(core_s / self._slots, longest, *in_turn.values())

    def _leave(self, task_id: str) -> tuple[_Kind, float]:
        """Take a task out of those that wait; return its kind and its forecast."""
        cost = self._waiting.pop(task_id)
        kind = self._kinds[cost.kind]
        kind.waiting -= 1
        kind.waiting_s = kind.waiting_s - cost.seconds if kind.waiting else 0.0
        return kind, cost.seconds
