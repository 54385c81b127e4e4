"""Probe one embedding with the labels of another of the same encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh import probes
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.stages import provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zsc_wh.datasets import Level
    from zsc_wh.store import Store


@dataclass(frozen=True)
class ProbeRow:
    """A row of the table `probe`, before it is made; `params` is JSON text."""

    key: str
    train_embedding_key: str
    test_embedding_key: str
    train_label_key: str | None
    label_key: str
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
    train_missing, test_missing : tuple of int
        Indices of the samples that the embeddings lack.
    kind, params, seed
        The probe.
    """

    stage: ClassVar[str] = "probe"

    rows: tuple[ProbeRow, ...]
    train: Level
    test: Level
    train_missing: tuple[int, ...]
    test_missing: tuple[int, ...]
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
        keys = self.rows[0]
        train = np.asarray(store.load(keys.train_embedding_key))
        test = np.asarray(store.load(keys.test_embedding_key))
        with provenance.Measurement() as measured:
            results = probes.METHODS[self.kind].run(
                probes.Labelled(train, np.delete(train_y, self.train_missing)),
                probes.Labelled(test, np.delete(test_y, self.test_missing)),
                len(names),
                self.params,
                self.seed,
                progress,
            )
        return Outcome(
            Status.DONE, rows=scored_rows(self.rows, results, measured.wall_s)
        )
