"""Units of work, from embedding to scores and probes; each stage is one file.

A `Work` is declared work with its key: it says what it is called, what it needs, why it
cannot be, what it costs, and what a worker runs for it. The engine knows works by that
alone. What a worker runs, a `Task`, is plain data with one method: it reads arrays from
the store, calls the numerics, writes arrays to the store and returns warehouse rows.
Tasks run in processes of their own; none of them knows the warehouse.
"""

from __future__ import annotations

from zsc_wh.work.base import Array, Cost, JointTask, Part, Task, Work
from zsc_wh.work.cluster import Cell
from zsc_wh.work.concat import Concatenation
from zsc_wh.work.embed import Embedding
from zsc_wh.work.linkage import Linkage
from zsc_wh.work.neighbours import Neighbours
from zsc_wh.work.probe import Probing
from zsc_wh.work.reduce import Reduction
from zsc_wh.work.score import ExternalScores, InternalScores
from zsc_wh.work.session import Session
from zsc_wh.work.sizes import Sizes
from zsc_wh.work.source import Source

__all__ = [
    "KINDS",
    "STAGES",
    "Array",
    "Cell",
    "Concatenation",
    "Cost",
    "Embedding",
    "ExternalScores",
    "InternalScores",
    "JointTask",
    "Linkage",
    "Neighbours",
    "Part",
    "Probing",
    "Reduction",
    "Session",
    "Sizes",
    "Source",
    "Task",
    "Work",
]

KINDS: tuple[type[Work], ...] = (
    Embedding,
    Concatenation,
    Neighbours,
    Reduction,
    Linkage,
    Cell,
    ExternalScores,
    InternalScores,
    Probing,
)
"""Every kind of work, in the order in which people read of them."""

STAGES = tuple(dict.fromkeys(kind.stage for kind in KINDS))
"""Their stages."""
