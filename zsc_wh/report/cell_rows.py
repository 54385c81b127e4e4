"""Rows about one cell that come from its arrays and its images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.report.declaring import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse import Warehouse

    Rows = list[dict[str, Any]]

DRAWN_SILHOUETTES = 2000
"""Samples of the chart of silhouettes: more than pixels across are not seen."""


def cluster_silhouettes(warehouse: Warehouse, *, cell: str) -> Rows:
    """Return the silhouettes of a cell by cluster, largest cluster first."""
    from zsc_wh.results.silhouettes import silhouettes

    found = silhouettes(warehouse, warehouse.cell_key(cell))
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return sorted(
        rows, key=lambda row: (row["cluster"] == -1, -row["n_samples"], row["cluster"])
    )


def sample_silhouettes(warehouse: Warehouse, *, cell: str) -> Rows:
    """Return the silhouettes of samples, as the chart of them takes them."""
    from zsc_wh.results.silhouettes import silhouettes

    found = silhouettes(warehouse, warehouse.cell_key(cell), by="sample")
    rows = [
        row
        for values in found.rows
        if (row := dict(zip(found.columns, values, strict=True)))["silhouette"]
        is not None
    ]
    sizes: dict[int, int] = {}
    for row in rows:
        sizes[row["cluster"]] = sizes.get(row["cluster"], 0) + 1
    rows.sort(
        key=lambda row: (
            row["cluster"] == -1,
            -sizes[row["cluster"]],
            row["cluster"],
            -row["silhouette"],
            row["sample_index"],
        )
    )
    every = -(-len(rows) // DRAWN_SILHOUETTES)
    kept, last = [], None
    for place, row in enumerate(rows):
        # of every cluster the first sample at least
        if place % every == 0 or row["cluster"] != last:
            kept.append({**row, "place": place})
        last = row["cluster"]
    return kept


def cluster_samples(
    warehouse: Warehouse, *, cell: str, per_cluster: int, max_clusters: int
) -> Rows:
    """Return a few samples of each cluster, with their images."""
    from zsc_wh.results.cell_images import drawn_samples

    drawn = drawn_samples(
        warehouse,
        warehouse.cell_key(cell),
        per_cluster=per_cluster,
        max_clusters=max_clusters,
    )
    return [each._asdict() for each in drawn]


_CELL = "$cell cell   the cell whose key starts with this"
_CLUSTER = ("cluster", "integer", "cluster, -1 is noise")
_SILHOUETTE = ("silhouette", "double", "mean silhouette of the cluster (-1 to 1)")

DECLARED: Sequence[tuple[Query, Callable[..., Rows]]] = (
    (
        declared(
            "cluster_silhouettes",
            "one row per cluster of a cell, largest first, with the silhouettes of its "
            "samples in the clustered space",
            [_CELL],
            [
                _CLUSTER,
                ("n_samples", "bigint", "samples of the cluster"),
                _SILHOUETTE,
                ("lowest", "double", "lowest silhouette of a sample (-1 to 1)"),
                ("highest", "double", "highest silhouette of a sample (-1 to 1)"),
                (
                    "n_negative",
                    "bigint",
                    "samples with a negative silhouette, nearer to another cluster",
                ),
            ],
            "zscwh silhouettes $cell",
        ),
        cluster_silhouettes,
    ),
    (
        declared(
            "sample_silhouettes",
            "one row per sample (evenly thinned out) of a cell, clusters one after the "
            "other, largest first, with its silhouette in the clustered space",
            [_CELL],
            [
                ("sample_index", "integer", "position of the sample, from 0"),
                ("sample_id", "text", "name of the sample"),
                _CLUSTER,
                ("nearest", "integer", "the nearest other cluster"),
                ("silhouette", "double", "silhouette of the sample (-1 to 1)"),
                ("place", "integer", "place of the sample in this order, from 0"),
            ],
            "zscwh silhouettes $cell --by sample",
        ),
        sample_silhouettes,
    ),
    (
        declared(
            "cluster_samples",
            "one row per sample drawn from a cluster of a cell, by a generator seeded "
            "with the number of the cluster",
            [
                _CELL,
                "$per_cluster integer = 12   samples of a cluster, at most",
                "$max_clusters integer = 40  only this many of the largest clusters",
            ],
            [
                _CLUSTER,
                ("n_in_cluster", "bigint", "samples of the cluster"),
                ("sample_index", "integer", "position of the sample, from 0"),
                ("sample_id", "text", "name of the sample"),
                ("label", "text", "class of the sample; NULL where it has none"),
            ],
            "zscwh assignments $cell",
        ),
        cluster_samples,
    ),
)
"""What is declared here, each with its function."""
