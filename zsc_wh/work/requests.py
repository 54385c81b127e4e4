"""Scores that are due, as plain data: what is asked, of which assignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]

NO_LABELS = ""
"""Labels of scores that need none."""


@dataclass(frozen=True)
class TrueLabels:
    """Class index of every sample of one labelling; -1 where the label is missing."""

    key: str
    class_index: IntArray


@dataclass(frozen=True)
class Request:
    """One score that is due for a run; the key of its row but for the run."""

    metric: str
    space: str
    subset: str
    label_key: str

    def row(self, run_key: str, value: float | None, reason: str | None) -> Row:
        """Return the row of the table `score`."""
        return {
            "run_key": run_key,
            "metric": self.metric,
            "space": self.space,
            "subset": self.subset,
            "label_key": self.label_key,
            "value": value,
            "reason": reason,
        }


Row = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One run's assignment and the scores that are due for it."""

    run_key: str
    labels: IntArray
    requests: tuple[Request, ...]
