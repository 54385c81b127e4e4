"""What fails while an ingest runs, each fault told once, and how much it cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from zsc_wh.engine.plan import State
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.engine.plan import Plan
    from zsc_wh.records import Outcome
    from zsc_wh.work import Work


_NUMBER = re.compile(r"\d[\d,]*")


class _Fault(NamedTuple):
    """What failed, and how; tasks that share it are told together."""

    status: str
    stage: str
    name: str
    reason: str


class Failures:
    """Tasks that failed, by what is the same of them.

    An encoder that cannot be loaded fails for every dataset in the same words, and a
    clusterer with a fault for every cell.

    Parameters
    ----------
    plan : Plan
        What is run.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._works: dict[_Fault, list[Work]] = {}

    def add(self, work: Work, outcome: Outcome) -> str | None:
        """Take note of a failed task; return the line to show, if it is a new fault."""
        reason = outcome.reason or ""
        # in the same words, but for the dataset and what is counted in it
        alike = _NUMBER.sub("0", reason.replace(work.source.dataset.name, ""))
        fault = _Fault(outcome.status, work.stage, work.name, alike)
        works = self._works.setdefault(fault, [])
        works.append(work)
        if len(works) > 1:
            return None
        return f"{outcome.status}: {work.stage} {work.title}: {reason}"

    def repeated(self) -> Iterator[str]:
        """Yield a line for each fault that was met again, with what it cost."""
        for fault, works in self._works.items():
            if len(works) > 1:
                cost = ", ".join(self._cost(works))
                yield f"{fault.status}: {fault.stage} {fault.name}: {cost}"

    def _cost(self, works: list[Work]) -> Iterator[str]:
        """Yield how many datasets and cells the failed tasks were for."""
        yield counted(len({work.source.dataset.name for work in works}), "dataset")
        keys = {work.key for work in works}
        n_cells = sum(
            self._plan.states[key] is State.RUN
            and not keys.isdisjoint((key, cell.reduction.key, cell.embedding.key))
            for key, cell in self._plan.cells.items()
        )
        if n_cells:
            yield counted(n_cells, "cell")
