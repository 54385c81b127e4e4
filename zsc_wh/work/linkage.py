"""Grow one tree of merges, for all cells that cut it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh import clusterers, scaling
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.sizes import Shape
from zsc_wh.work import provenance
from zsc_wh.work.base import Array, Cost, forecast, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsc_wh.declare import Clusterer
    from zsc_wh.store import Store
    from zsc_wh.work.embed import Embedding
    from zsc_wh.work.reduce import Reduction
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source

PACKAGES = ("fastcluster",)


@dataclass(frozen=True)
class Linkage(Array):
    """The tree of a reduction: an array of two children and a height for each merge.

    Parameters
    ----------
    key : str
        Identity.
    reduction, clusterer
        What is merged, and one of the clusterers that cut the tree.
    params : mapping
        Parameters of the clusterer that the tree depends on.
    """

    stage: ClassVar[str] = "linkage"
    itemsize = 8  # heights need their digits

    key: str
    reduction: Reduction
    clusterer: Clusterer
    params: Mapping[str, Any]

    @classmethod
    def of(cls, reduction: Reduction, clusterer: Clusterer) -> Linkage | None:
        """Return the tree that a clusterer cuts; None where it cuts none."""
        method = clusterers.TREES.get(clusterer.kind)
        if method is None:
            return None
        params = method.shared(clusterer.params)
        key = key_of(
            "linkage",
            array=reduction.key,
            method=method.name,
            params=params,
            standardise=clusterer.standardise,
            dimension_correction=clusterer.dimension_correction,
            dtype=reduction.dtype,
        )
        return cls(key, reduction, clusterer, params)

    @property
    def impossible(self) -> str | None:  # type: ignore[override]
        """Why it cannot be made: what is merged cannot."""
        return self.reduction.impossible

    @property
    def embedding(self) -> Embedding:  # type: ignore[override]
        """The embedding that is reduced."""
        return self.reduction.embedding

    @property
    def source(self) -> Source:  # type: ignore[override]
        """The dataset that is embedded."""
        return self.embedding.source

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        method, scaled = (
            clusterers.TREES[self.clusterer.kind],
            self.clusterer.standardise,
        )
        usual = {name: method.fields[name].default for name in method.optional}
        said = [
            *([] if scaled == "none" else [scaled]),
            *(v for name, v in self.params.items() if usual.get(name) != v),
        ]
        return f"{self.reduction.title} / {' '.join(said)} tree"

    @property
    def name(self) -> str:
        """Name of the clusterer."""
        return self.clusterer.name

    def needs(self) -> tuple[Array, ...]:
        """Return what is merged."""
        return (self.reduction.array,)

    def expected_n(self, sizes: Sizes) -> int:
        """Return the number of merges."""
        return max(sizes.n(self.embedding) - 1, 1)

    def expected_dim(self, sizes: Sizes) -> int | None:
        """Return three: two children and a height."""
        del sizes
        return 3

    def guessed_dim(self, sizes: Sizes) -> int:
        """Return three: it is known."""
        del sizes
        return 3

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by the formulas of its method."""
        method, params = clusterers.TREES[self.clusterer.kind], self.clusterer.params
        shape = Shape(sizes.n(self.embedding), sizes.guessed_dim(self.reduction))
        return forecast(
            self.stage,
            method.library,
            method.name,
            typed(method.peak_bytes(shape, params), self.reduction.dtype),
            method.seconds(shape, params),
            disk_bytes=sizes.bytes(self),
        )

    def task(self, session: Session) -> LinkageTask:
        """Return what a worker runs."""
        del session
        return LinkageTask(
            key=self.key,
            array_key=self.reduction.key,
            kind=self.clusterer.kind,
            params=self.clusterer.params,
            standardise=self.clusterer.standardise,
            dimension_correction=self.clusterer.dimension_correction,
            dtype=self.reduction.dtype,
        )


@dataclass(frozen=True)
class LinkageTask:
    """Grow one tree.

    Parameters
    ----------
    key, array_key : str
        Keys of the tree and of the array that is merged.
    kind, params
        A clusterer that cuts it.
    standardise, dimension_correction
        Scaling of the array before (`zsc_wh.scaling.prepared`).
    dtype : str
        Floating point type of the input.
    """

    reads_files: ClassVar[bool] = False

    key: str
    array_key: str
    kind: str
    params: Mapping[str, Any]
    standardise: str
    dimension_correction: bool
    dtype: str

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Grow the tree, store it, return its rows."""
        del progress  # the libraries report none
        method = clusterers.TREES[self.kind]
        features = np.asarray(store.load(self.array_key), dtype=self.dtype)
        with provenance.Measurement() as measured:
            features = scaling.prepared(
                features,
                self.standardise,
                str(self.params["metric"]) if self.dimension_correction else None,
            )
            tree = method.grown(features, self.params)

        def rows(sha256: str) -> Rows:
            return {
                "linkage": [
                    {
                        "linkage_key": self.key,
                        "array_key": self.array_key,
                        "method": self.kind,
                        "params": canonical_json(method.shared(self.params)),
                        "standardise": self.standardise,
                        "dimension_correction": self.dimension_correction,
                        "dtype": self.dtype,
                        "n": tree.n_samples,
                        "uri": store.uri(self.key),
                        "sha256": sha256,
                        **measured.columns(),
                        **provenance.columns(PACKAGES),
                    }
                ]
            }

        stored = store.put(self.key, tree.as_array(), rows)
        return Outcome(Status.DONE, rows=stored.rows, notes=tree.notes)
