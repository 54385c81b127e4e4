"""Probe one embedding with the labels of another of the same encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from zsc_wh import probes
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.sizes import Shape
from zsc_wh.work import provenance
from zsc_wh.work.base import Cost, Work, forecast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zsc_wh.datasets import Level
    from zsc_wh.declare import Probe
    from zsc_wh.store import Store
    from zsc_wh.work.embed import Embedding
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source


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
class Probing(Work):
    """A probe of one embedding by the labels of another of the same encoder.

    Parameters
    ----------
    probe : Probe
        The declared probe.
    train, embedding : Embedding
        What supplies the references, and what is judged.
    train_level, test_level : Level
        The labels of both; None where the train set has no such level.
    seed : int
        Of a probe that draws.
    not_applicable : str or None
        Why these labels cannot be predicted, None where they can.
    """

    stage: ClassVar[str] = "probe"

    probe: Probe
    train: Embedding
    embedding: Embedding
    train_level: Level | None
    test_level: Level
    seed: int
    not_applicable: str | None

    @property
    def method(self) -> probes.ProbeMethod[Any]:
        """How it is made."""
        return probes.METHODS[self.probe.kind]

    @cached_property
    def key(self) -> str:  # type: ignore[override]
        """Identity of the whole probe; each of its rows has one of its own."""
        return self._key_of(self._with_seed(self.probe.params))

    @cached_property
    def rows(self) -> tuple[ProbeRow, ...]:
        """The rows that it makes, before they have scores."""
        return tuple(
            ProbeRow(
                key=self._key_of(self._with_seed(params)),
                train_embedding_key=self.train.key,
                test_embedding_key=self.embedding.key,
                train_label_key=self.train_level.key if self.train_level else None,
                label_key=self.test_level.key,
                method=self.probe.kind,
                params=canonical_json(self._with_seed(params)),
            )
            for params in self.method.rows(self.probe.params)
        )

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        names = (self.embedding.encoder.name, self.embedding.source.dataset.name)
        return f"{' / '.join(names)} / {self.probe.name} ({self.test_level.name})"

    @property
    def name(self) -> str:
        """Name of the probe."""
        return self.probe.name

    @property
    def source(self) -> Source:  # type: ignore[override]
        """The dataset that is judged."""
        return self.embedding.source

    @property
    def impossible(self) -> str | None:  # type: ignore[override]
        """Why it cannot be run, None where it can."""
        return self.train.impossible or self.embedding.impossible

    def unscored(self) -> Rows:
        """Return the warehouse rows of a probe that is not applicable."""
        reason = self.not_applicable or ""
        return scored_rows(self.rows, self.method.unscored(self.probe.params, reason))

    @property
    def failed_as(self) -> tuple[str, str]:
        """Stage and title: a probe that failed has no row whose key could be named."""
        return self.stage, self.title

    def needs(self) -> tuple[Embedding, ...]:
        """Return both embeddings."""
        return (self.train, self.embedding)

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by the formulas of its method."""
        method, params = self.method, self.probe.params
        levels = (self.train_level, self.test_level)
        classes = {name for level in levels if level for name in level.class_names}
        shape = Shape(
            sizes.n(self.embedding),
            sizes.guessed_dim(self.embedding),
            k=len(classes),
            n_train=sizes.n(self.train),
        )
        return forecast(
            self.stage,
            method.library,
            method.name,
            method.peak_bytes(shape, params),
            method.seconds(shape, params),
        )

    def task(self, session: Session) -> ProbeTask:
        """Return what a worker runs."""
        return ProbeTask(
            rows=self.rows,
            # a probe without one is not applicable, and no work of a graph
            train=cast("Level", self.train_level),
            test=self.test_level,
            train_missing=session.left_out(self.train.key),
            test_missing=session.left_out(self.embedding.key),
            kind=self.probe.kind,
            params=self.probe.params,
            seed=self.seed,
        )

    def row_key(self, outcome: Outcome) -> str:
        """Return the key of its first row, or of the embedding where it has none."""
        is_done = outcome.status is Status.DONE
        return self.rows[0].key if is_done else self.embedding.key

    def _with_seed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {**params, "seed": self.seed} if self.method.uses_seed else {**params}

    def _key_of(self, params: Mapping[str, Any]) -> str:
        return key_of(
            "probe",
            train=self.train.key,
            test=self.embedding.key,
            train_labels=self.train_level.key if self.train_level else None,
            labels=self.test_level.key,
            method=self.probe.kind,
            params=params,
        )


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

    reads_files: ClassVar[bool] = False

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
