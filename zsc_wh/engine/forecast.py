"""Forecast what a plan takes: memory, time and disk, by stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.work import STAGES

if TYPE_CHECKING:
    from zsc_wh.engine.history import Past
    from zsc_wh.engine.plan import Plan
    from zsc_wh.work import Cost, Sizes


@dataclass
class StageCost:
    """Forecast of a stage: summed seconds on one core, largest peak, bytes on disk.

    And how such forecasts held before: for how many tasks, and within which factors.
    """

    seconds: float = 0.0
    peak_bytes: int = 0
    disk_bytes: int = 0
    past_tasks: int = 0
    time_within: float | None = None
    memory_within: float | None = None

    def remember(self, past: Past) -> None:
        """Take in how forecasts of one more kind of its works held."""
        self.past_tasks += past.n_tasks
        self.time_within = max(self.time_within or 1.0, past.time_within)
        if past.memory_within is not None:
            self.memory_within = max(self.memory_within or 1.0, past.memory_within)


def costs(plan: Plan, sizes: Sizes) -> dict[str, Cost]:
    """Return the cost of every work that can be done, by id, with times of here."""
    history = plan.recorded.history
    return {
        work.id: history.calibrated(work.cost(sizes))
        for work in plan.graph
        if work.impossible is None
    }


def stage_costs(plan: Plan, sizes: Sizes) -> dict[str, StageCost]:
    """Return the cost of a plan by stage."""
    found = {stage: StageCost() for stage in STAGES}
    kinds = {}
    for work_id, cost in costs(plan, sizes).items():
        stage = found[plan.graph[work_id].stage]
        stage.seconds += cost.seconds
        stage.peak_bytes = max(stage.peak_bytes, cost.peak_bytes)
        stage.disk_bytes += cost.disk_bytes
        kinds[cost.kind] = stage
    for kind, stage in kinds.items():
        past = plan.recorded.history.kinds.get(kind)
        if past is not None:
            stage.remember(past)
    return found
