"""The graph of stage tasks that an ingest runs: shared work stands in it once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsc_wh.engine.cells import Cell, Embedding, Reduction, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.engine.probing import Probing
    from zsc_wh.stages.score import Request

EMBED, REDUCE, CLUSTER = "embed", "reduce", "cluster"
SCORE, PROBE = "score", "probe"
STAGES = (EMBED, REDUCE, CLUSTER, SCORE, PROBE)
"""Stages in the order that opens most work soonest."""


@dataclass
class Due:
    """Scores due for one cell in one score task.

    `run_key` is that of the recorded run; None while the cell is still to be clustered
    in this ingest.
    """

    cell: Cell
    run_key: str | None
    requests: tuple[Request, ...]


@dataclass
class Node:
    """One stage task.

    Parameters
    ----------
    id : str
        Unique in the graph.
    stage : str
        One of `STAGES`.
    title : str
        What is computed, in names.
    subject : Embedding, Reduction, Cell or Probing
        What the task makes; for a score task, the array that it measures in.
    array_key : str or None
        Array that the task reads; None for images and for scores against labels.
    needs : tuple of str
        Tasks that must be done before; if one fails, this one cannot run.
    after : list of str
        Tasks that must have ended before, well or badly.
    due : list of Due
        For score tasks: the assignments with their scores.
    truth_requests : list of (metric, label key)
        For score tasks: internal metrics of the true labels.
    impossible : str or None
        Why it cannot be run, where its size tells; the scores that wait for it are
        undefined for this reason.
    """

    id: str
    stage: str
    title: str
    subject: Embedding | Reduction | Cell | Probing
    array_key: str | None = None
    needs: tuple[str, ...] = ()
    after: list[str] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    truth_requests: list[tuple[str, str]] = field(default_factory=list)
    impossible: str | None = None

    @property
    def embedding(self) -> Embedding:
        """The embedding that the task makes or starts from."""
        if isinstance(self.subject, Embedding):
            return self.subject
        return self.subject.embedding

    @property
    def source(self) -> Source:
        """The dataset that the task works on."""
        return self.embedding.source


class Graph:
    """Nodes in an order in which every node comes after those that it waits for."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._nodes

    def __getitem__(self, node_id: str) -> Node:
        return self._nodes[node_id]

    def add(self, node: Node) -> Node:
        """Add a node whose predecessors are in the graph already."""
        self._nodes[node.id] = node
        return node

    def count(self, stage: str) -> int:
        """Return the number of tasks of a stage."""
        return sum(node.stage == stage for node in self)
