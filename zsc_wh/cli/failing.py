"""What fails while an ingest runs, each fault told once, and how much it cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from zsc_wh.engine.cells import Cell, Reduction
from zsc_wh.engine.graph import CLUSTER, EMBED, PROBE, REDUCE
from zsc_wh.engine.plan import State
from zsc_wh.engine.probing import Probing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.engine.graph import Node
    from zsc_wh.engine.plan import Plan
    from zsc_wh.records import Outcome


_NUMBER = re.compile(r"\d+")


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
        self._nodes: dict[_Fault, list[Node]] = {}

    def add(self, node: Node, outcome: Outcome) -> str | None:
        """Take note of a failed task; return the line to show, if it is a new fault."""
        reason = outcome.reason or ""
        # in the same words, but for the dataset and what is counted in it
        alike = _NUMBER.sub("0", reason.replace(node.source.dataset.name, ""))
        fault = _Fault(outcome.status, node.stage, _name(node), alike)
        nodes = self._nodes.setdefault(fault, [])
        nodes.append(node)
        if len(nodes) > 1:
            return None
        return f"{outcome.status}: {node.stage} {node.title}: {reason}"

    def repeated(self) -> Iterator[str]:
        """Yield a line for each fault that was met again, with what it cost."""
        for fault, nodes in self._nodes.items():
            if len(nodes) > 1:
                cost = ", ".join(self._cost(nodes))
                yield f"{fault.status}: {fault.stage} {fault.name}: {cost}"

    def _cost(self, nodes: list[Node]) -> Iterator[str]:
        """Yield how many datasets and cells the failed tasks were for."""
        yield _count(len({node.source.dataset.name for node in nodes}), "dataset")
        keys = {node.subject.key for node in nodes}
        n_cells = sum(
            self._plan.states[key] is State.RUN
            and not keys.isdisjoint((key, cell.reduction.key, cell.embedding.key))
            for key, cell in self._plan.cells.items()
        )
        if n_cells:
            yield _count(n_cells, "cell")


def _name(node: Node) -> str:
    """Return the name of what a task runs; a title where tasks share none."""
    subject = node.subject
    if node.stage == EMBED:
        return node.embedding.encoder.name
    if node.stage == REDUCE and isinstance(subject, Reduction):
        return subject.reducer.name
    if node.stage == CLUSTER and isinstance(subject, Cell):
        return subject.clusterer.name
    if node.stage == PROBE and isinstance(subject, Probing):
        return subject.probe.name
    return node.title


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
