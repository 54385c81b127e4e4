"""The vocabulary shared by stages, engine and command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Rows = Mapping[str, list[dict[str, Any]]]
"""Warehouse rows by table."""


CELL_NAMES = ("encoder", "dataset", "reducer", "clusterer")
"""What has a name and is part of a cell, in the order of the cell's path."""


class Status(StrEnum):
    """How an attempt at a cell or at a stage ended."""

    DONE = "done"
    NOT_CONVERGED = "not_converged"
    DEGENERATE = "degenerate"
    FAILED = "failed"
    OOM = "oom"
    TIMEOUT = "timeout"
    KILLED = "killed"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    """A fault of the declaration, of its files or of the machine: no result at all."""


RUN_STATUSES = tuple(status.value for status in Status if status != Status.BLOCKED)
"""How a run can have ended: what is blocked leaves no run."""

RETRIED = {
    "failed": (Status.FAILED, Status.KILLED),
    "all": (Status.FAILED, Status.KILLED, Status.OOM, Status.TIMEOUT),
}
"""What ``--retry`` reopens; out of memory and out of time want a new limit first."""


@dataclass(frozen=True)
class Outcome:
    """What a stage task came to.

    Parameters
    ----------
    status : Status
        `DONE` when the stage has its result (whatever the runs in `rows` say).
    reason : str or None
        Why it is not done.
    rows : Rows
        Warehouse rows that the task made.
    wall_s : float or None
        Seconds the task took.
    peak_bytes : int or None
        Peak resident memory of the worker during the task.
    cpu_energy_j, gpu_energy_j : float or None
        Energy of the machine meanwhile, in joules, where it tells.
    notes : tuple of str
        Warnings of the libraries.
    unreadable : mapping of int to str
        Samples that it found to be unreadable, with the reason.
    not_applicable : bool
        Whether the method cannot be applied to this input, now or later.
    over_limit_bytes : int or None
        Memory limit that the forecast was over, where the task was skipped for that.
    disk_is_full : bool
        Whether it was blocked by a full disk, which would block every other task too.
    parts : tuple of Outcome
        What each work came to, in order, where one task did several together; empty
        where it ended before it could tell.
    """

    status: Status
    reason: str | None = None
    rows: Rows = field(default_factory=dict)
    wall_s: float | None = None
    peak_bytes: int | None = None
    cpu_energy_j: float | None = None
    gpu_energy_j: float | None = None
    notes: tuple[str, ...] = ()
    unreadable: Mapping[int, str] = field(default_factory=dict)
    not_applicable: bool = False
    over_limit_bytes: int | None = None
    disk_is_full: bool = False
    parts: tuple[Outcome, ...] = ()
