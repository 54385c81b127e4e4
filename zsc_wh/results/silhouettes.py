"""Silhouettes of one cell, sample by sample or cluster by cluster.

An ingest stores the mean alone; these follow from the stored array and the stored
assignment whenever they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zsc_wh.errors import ConfigError, DataError, StoreError
from zsc_wh.fields import nearest
from zsc_wh.scores import SILHOUETTES
from zsc_wh.store import Store
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.metrics.silhouette import SampleSilhouettes
    from zsc_wh.warehouse import Warehouse

BY = ("cluster", "sample")
SPACES = ("reduced", "original")
SUBSETS = ("all", "clustered")
DISTANCES = tuple(SILHOUETTES.values())

_SAMPLES = {
    "sample_index": "INTEGER",
    "sample_id": "VARCHAR",
    "cluster": "INTEGER",
    "nearest": "INTEGER",
    "silhouette": "DOUBLE",
}
_CLUSTERS = {
    "cluster": "INTEGER",
    "n_samples": "BIGINT",
    "silhouette": "DOUBLE",
    "lowest": "DOUBLE",
    "highest": "DOUBLE",
    "n_negative": "BIGINT",
}


class _Assigned(NamedTuple):
    """Samples of a cell that could be read, and their clusters; -1 is noise."""

    indices: NDArray[np.int64]
    ids: list[str | None]
    clusters: NDArray[np.int64]


def silhouettes(
    warehouse: Warehouse,
    cell_key: str,
    *,
    by: str = "cluster",
    space: str = "reduced",
    subset: str = "all",
    distance: str = "euclidean",
) -> Rows:
    """Return the silhouettes of a cell, computed from its array and its assignment.

    Parameters
    ----------
    warehouse : Warehouse
        Where the cell is recorded.
    cell_key : str
        Key of a closed cell.
    by : {"cluster", "sample"}
        What a row is.
    space : {"reduced", "original"}
        Where distances are measured: what was clustered, or the embedding.
    subset : {"all", "clustered"}
        all: noise is one more cluster, -1; clustered: noise is left out.
    distance : {"euclidean", "cosine", "manhattan"}
        What is measured.

    Returns
    -------
    Rows
        By sample, in their order: index, id, cluster, the nearest other cluster, and
        the silhouette (-1 to 1); NULL for a sample that is left out. By cluster: its
        samples, their mean, lowest and highest silhouette, and how many have a negative
        one, being nearer to another cluster. The mean over the samples is the score
        ``silhouette`` of the same space and subset.

    Raises
    ------
    ConfigError
        For an unknown option.
    DataError
        Where no silhouette is defined.
    StoreError
        When the array is not in the store.
    """
    for name, value, known in (
        ("by", by, BY),
        ("space", space, SPACES),
        ("subset", subset, SUBSETS),
        ("distance", distance, DISTANCES),
    ):
        _check(name, value, known)
    from zsc_wh.metrics import noise_as_cluster
    from zsc_wh.metrics import silhouettes as measured

    X, assigned = _array(warehouse, cell_key, space), _assigned(warehouse, cell_key)
    labels = assigned.clusters
    if subset == "all":
        labels = noise_as_cluster(labels).astype(np.int64)
    try:
        found = measured(X, labels, distance)
    except DataError as error:
        raise DataError(what=error.what, where=cell_key, hint=error.hint) from error
    if subset == "all":  # noise goes by its own number
        noise = labels[assigned.clusters < 0]
        found.nearest[np.isin(found.nearest, noise)] = -1
    if by == "sample":
        return _by_sample(assigned, found)
    return _by_cluster(assigned, found)


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(
            what=f"'{value}' is not a valid {name}{nearest(value, known)}",
            hint=f"Use one of {', '.join(known)}.",
        )


def _assigned(warehouse: Warehouse, cell_key: str) -> _Assigned:
    rows = warehouse.run_query("assignments", {"cell": cell_key}).rows
    kept = [(index, name, own) for index, name, own, _ in rows if own is not None]
    index, names, clusters = zip(*kept, strict=True) if kept else ((), (), ())
    return _Assigned(
        np.array(index, dtype=np.int64), [*names], np.array(clusters, dtype=np.int64)
    )


def _array(warehouse: Warehouse, cell_key: str, space: str) -> NDArray[Any]:
    ((reduction, embedding),) = warehouse.read(
        "select reduction_key, embedding_key from cell where cell_key = $key",
        {"key": cell_key},
    ).rows
    key = str(reduction if space == "reduced" else embedding)
    store = Store(warehouse.store_path)
    if store.note(key) is None:
        raise StoreError(
            what=f"the {space} array of this cell is not in the store",
            where=str(warehouse.store_path),
            hint=f"`zscwh explain {cell_key[:12]}` says how to make it again.",
        )
    return store.load(key)


def _by_sample(assigned: _Assigned, found: SampleSilhouettes) -> Rows:
    is_in = np.isfinite(found.value).tolist()
    rows: list[tuple[object, ...]] = [
        (index, name, own, *((near, value) if defined else (None, None)))
        for index, name, own, near, value, defined in zip(
            assigned.indices.tolist(),
            assigned.ids,
            assigned.clusters.tolist(),
            found.nearest.tolist(),
            found.value.tolist(),
            is_in,
            strict=True,
        )
    ]
    return Rows(tuple(_SAMPLES), tuple(_SAMPLES.values()), rows)


def _by_cluster(assigned: _Assigned, found: SampleSilhouettes) -> Rows:
    is_in = np.isfinite(found.value)
    clusters, values = assigned.clusters[is_in], found.value[is_in]
    order = np.argsort(clusters, kind="stable")
    names, starts = np.unique(clusters[order], return_index=True)
    rows: list[tuple[object, ...]] = [
        (
            name,
            own.size,
            float(own.mean()),
            float(own.min()),
            float(own.max()),
            int((own < 0).sum()),
        )
        for name, own in zip(
            names.tolist(), np.split(values[order], starts[1:]), strict=True
        )
    ]
    return Rows(tuple(_CLUSTERS), tuple(_CLUSTERS.values()), rows)
