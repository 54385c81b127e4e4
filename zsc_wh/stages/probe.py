"""Probe one embedding with the labels of another of the same encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh import probes
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.stages import provenance
from zsc_wh.stages.readable import left_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from zsc_wh.datasets import Level
    from zsc_wh.store import Store


@dataclass(frozen=True)
class ProbeRow:
    """A row of the table `probe`, before it is made; `params` is JSON text."""

    key: str
    train_embedding_key: str
    test_embedding_key: str
    level: str
    method: str
    params: str


def scored_rows(
    rows: Sequence[ProbeRow],
    results: Sequence[probes.ProbeResult],
    wall_s: float | None = None,
) -> Rows:
    """Return the warehouse rows of a probe from its results, in the order of `rows`."""
    made = []
    scores: list[dict[str, Any]] = []
    for row, result in zip(rows, results, strict=True):
        columns = asdict(row)
        key = columns.pop("key")
        made.append({"probe_key": key, **columns, "wall_s": wall_s})
        scores += [
            {
                "probe_key": key,
                "metric": metric,
                "value": score.value,
                "reason": score.reason,
            }
            for metric, score in result.scores.items()
        ]
    return {"probe": made, "probe_score": scores}


@dataclass(frozen=True)
class ProbeTask:
    """Make all rows of one probe.

    Parameters
    ----------
    rows : tuple of ProbeRow
        In the order of the method's rows.
    train, test : Level
        Labels of what supplies the references, and of what is judged.
    kind, params, seed
        The probe.
    """

    stage: ClassVar[str] = "probe"

    rows: tuple[ProbeRow, ...]
    train: Level
    test: Level
    kind: str
    params: Mapping[str, Any]
    seed: int

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Probe and return the rows."""
        train_y, test_y, names = probes.union_labels(
            self.train.class_names,
            self.train.class_index,
            self.test.class_names,
            self.test.class_index,
        )
        with provenance.Measurement() as measured:
            results = probes.METHODS[self.kind].run(
                _labelled(store, self.rows[0].train_embedding_key, train_y),
                _labelled(store, self.rows[0].test_embedding_key, test_y),
                len(names),
                self.params,
                self.seed,
                progress,
            )
        return Outcome(
            Status.DONE, rows=scored_rows(self.rows, results, measured.wall_s)
        )


def _labelled(store: Store, key: str, y: NDArray[Any]) -> probes.Labelled:
    """Return stored features with the labels of the samples that are in them."""
    features = np.asarray(store.load(key))
    return probes.Labelled(features, np.delete(y, left_out(store, key)))
