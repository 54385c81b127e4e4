"""Reduce one embedding by one reducer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh import reducers
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.stages import provenance
from zsc_wh.stages.readable import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from zsc_wh.store import Store


@dataclass(frozen=True)
class ReduceTask:
    """Make one reduction.

    Parameters
    ----------
    key, embedding_key, reducer_key : str
        Keys of the result, of the array to reduce and of the reducer.
    kind, params
        The reducer.
    seed : int
        Seed of the method; not recorded where the method uses none.
    dtype : str
        Floating point type of the input.
    missing : tuple of int
        Indices of the samples that the embedding lacks, ascending.
    """

    stage: ClassVar[str] = "reduce"

    key: str
    embedding_key: str
    reducer_key: str
    kind: str
    params: Mapping[str, Any]
    seed: int
    dtype: str
    missing: tuple[int, ...]

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Reduce, store the array, return its rows."""
        del progress  # the libraries report none
        method = reducers.METHODS[self.kind]
        features = np.asarray(store.load(self.embedding_key), dtype=self.dtype)
        with provenance.Measurement() as measured:
            reduced = method.fit(features, self.params, self.seed)

        def rows(sha256: str) -> Rows:
            return {
                "reduction": [
                    {
                        "reduction_key": self.key,
                        "embedding_key": self.embedding_key,
                        "reducer_key": self.reducer_key,
                        "seed": self.seed if method.uses_seed else None,
                        "dtype": self.dtype,
                        "n": int(reduced.array.shape[0]),
                        "dim": int(reduced.array.shape[1]),
                        "uri": store.uri(self.key),
                        "sha256": sha256,
                        "explained_variance": reduced.explained_variance,
                        **measured.columns(),
                        **provenance.stage_columns(self.stage, threads=1),
                    }
                ],
                **self._projection(reduced.array),
            }

        stored = store.put(self.key, reduced.array, rows)
        return Outcome(Status.DONE, rows=stored.rows, notes=reduced.notes)

    def _projection(self, array: NDArray[Any]) -> Rows:
        """Keep two dimensions in the warehouse too, where they can be drawn."""
        if array.shape[1] != 2:
            return {}
        x, y = (spread(values, self.missing) for values in array.T.tolist())
        return {"projection": [{"reduction_key": self.key, "x": x, "y": y}]}
