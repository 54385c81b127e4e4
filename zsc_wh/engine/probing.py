"""A probe with its key: two embeddings of one encoder, and the rows that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zsc_wh import probes
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.stages.probe import ProbeRow, scored_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.datasets import Level
    from zsc_wh.declare import Probe
    from zsc_wh.engine.cells import Embedding
    from zsc_wh.records import Rows


@dataclass(frozen=True)
class Probing:
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

    probe: Probe
    train: Embedding
    embedding: Embedding
    train_level: Level | None
    test_level: Level
    seed: int
    not_applicable: str | None

    @property
    def method(self) -> probes.ProbeMethod:
        """How it is made."""
        return probes.METHODS[self.probe.kind]

    @cached_property
    def key(self) -> str:
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
    def impossible(self) -> str | None:
        """Why it cannot be run, None where it can."""
        return self.train.impossible or self.embedding.impossible

    def unscored(self) -> Rows:
        """Return the warehouse rows of a probe that is not applicable."""
        reason = self.not_applicable or ""
        return scored_rows(self.rows, self.method.unscored(self.probe.params, reason))

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
