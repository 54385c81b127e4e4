"""What earlier tasks tell of forecasts: how far off they were, by kind of work.

A forecast of time is a formula of sizes, measured on one machine; the tasks that ran
here say by how much this machine differs. Peaks of memory are not set right: they
depend on libraries and not on machines, and one that is too low ends a worker.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.work import Cost

_PRIOR_TASKS = 3
"""Tasks that the formula counts as, against those that ran."""


@dataclass(frozen=True)
class Past:
    """How forecasts of one kind of work held for the last tasks of this machine.

    Parameters
    ----------
    n_tasks : int
        Tasks that ended well and that took, or were forecast, half a second.
    ratio : float
        Median of measured time over what the formula says.
    time_within : float
        Nine in ten took at most this many times more or less time than was forecast
        before they ran; at least 1.
    memory_within : float or None
        The same of peak memory; None where no peak was measured.
    """

    n_tasks: int
    ratio: float
    time_within: float
    memory_within: float | None

    @property
    def factor(self) -> float:
        """What to multiply the formula by: the ratio, nearer 1 where tasks are few.

        Examples
        --------
        >>> round(Past(1, 4.0, 4.0, None).factor, 3)
        1.414
        >>> round(Past(97, 4.0, 4.0, None).factor, 3)
        3.837
        """
        return float(self.ratio ** (self.n_tasks / (self.n_tasks + _PRIOR_TASKS)))


@dataclass(frozen=True)
class History:
    """The past by kind of work; empty for a new warehouse."""

    kinds: Mapping[str, Past] = field(default_factory=dict)

    def factor(self, kind: str) -> float:
        """Return what the times of a kind are multiplied by."""
        past = self.kinds.get(kind)
        return 1.0 if past is None else past.factor

    def calibrated(self, cost: Cost) -> Cost:
        """Return a cost with the times that this machine takes."""
        factor = self.factor(cost.kind)
        if factor == 1.0:
            return cost
        return replace(
            cost, seconds=cost.seconds * factor, warm_up_s=cost.warm_up_s * factor
        )


PAST = """
with recent as (
    select
        host,
        kind,
        wall_s * forecast_factor / forecast_s as ratio,
        greatest(wall_s / forecast_s, forecast_s / wall_s) as time_within,
        greatest(
            peak_bytes / forecast_peak_bytes,
            forecast_peak_bytes / nullif(peak_bytes, 0)
        ) as memory_within
    from task
    where
        status = 'done'
        and wall_s > 0
        and forecast_s > 0
        -- shorter ones tell of the worker, not of the method
        and greatest(wall_s, forecast_s) >= 0.5
    qualify row_number() over (
        partition by host, kind order by started_at desc, task_id
    ) <= 100
)

select
    host,
    kind,
    count(*) as n_tasks,
    median(ratio) as ratio,
    quantile_cont(time_within, 0.9) as time_within,
    quantile_cont(memory_within, 0.9) as memory_within
from recent
group by host, kind
"""
"""SQL for the past of every host and kind of work."""
