"""Forecast what a plan takes: memory, time and disk, by stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.work import STAGES

if TYPE_CHECKING:
    from zsc_wh.engine.plan import Plan
    from zsc_wh.work import Cost, Sizes


@dataclass
class StageCost:
    """Forecast of a stage: summed seconds on one core, largest peak, bytes on disk."""

    seconds: float = 0.0
    peak_bytes: int = 0
    disk_bytes: int = 0


def costs(plan: Plan, sizes: Sizes) -> dict[str, Cost]:
    """Return the cost of every work that can be done, by id."""
    return {work.id: work.cost(sizes) for work in plan.graph if work.impossible is None}


def stage_costs(plan: Plan, sizes: Sizes) -> dict[str, StageCost]:
    """Return the cost of a plan by stage."""
    found = {stage: StageCost() for stage in STAGES}
    for work_id, cost in costs(plan, sizes).items():
        stage = found[plan.graph[work_id].stage]
        stage.seconds += cost.seconds
        stage.peak_bytes = max(stage.peak_bytes, cost.peak_bytes)
        stage.disk_bytes += cost.disk_bytes
    return found
