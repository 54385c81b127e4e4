"""Rows about two sides of a comparison, or about two cells; declared beside this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.errors import QueryError
from zsc_wh.report.sides import two_cells

if TYPE_CHECKING:
    from zsc_wh.results.comparing import Compared
    from zsc_wh.results.moving import Moves
    from zsc_wh.warehouse import Warehouse

    Rows = list[dict[str, Any]]

SCORE = ("level", "metric", "space", "subset")
"""What tells two scores of a cell apart."""

METRIC = "ami"
"""The score that a page compares; `zscwh compare --metric` compares any other."""


def comparison(warehouse: Warehouse, *, a: str, b: str) -> Rows:
    """Return the key numbers of a comparison, of sides or of two cells."""
    from zsc_wh.results.compared_means import summary

    found = _compared(warehouse, a, b)
    if found is not None:
        numbers = summary(found)
        if not numbers["n_compared"]:
            raise QueryError(
                what="no cell has an AMI on both sides",
                where=f"report compare {a} {b}",
                hint=f"`zscwh compare {a} {b} --metric silhouette` needs no labels.",
            )
        # nothing is said of what there is none of
        numbers["n_redeclared"] = numbers["n_redeclared"] or None
        return [{**numbers, "n_cells": 0}]
    moved = _moves(warehouse, a, b)
    return [
        {
            "n_cells": 2,
            "n_samples": moved.n_samples,
            "n_moved": moved.n_moved,
            "share_moved": moved.n_moved / moved.n_samples,
            "agreement": moved.agreement,
            "clusters_a": len({*moved.sizes(0)} - {-1}),
            "clusters_b": len({*moved.sizes(1)} - {-1}),
        }
    ]


def compared_names(warehouse: Warehouse, *, a: str, b: str) -> Rows:
    """Return the mean difference of each encoder, reducer and clusterer."""
    from zsc_wh.results.compared_means import by_name

    return by_name(_compared(warehouse, a, b) or [])


def compared_datasets(warehouse: Warehouse, *, a: str, b: str) -> Rows:
    """Return both means of each dataset."""
    from zsc_wh.results.compared_means import by_dataset

    return by_dataset(_compared(warehouse, a, b) or [])


def compared_cells(warehouse: Warehouse, *, a: str, b: str) -> Rows:
    """Return the pairs, the largest difference first."""
    from zsc_wh.results.comparing import as_rows

    found = as_rows(_compared(warehouse, a, b) or [])
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    for row in rows:
        row["seeds_a"], row["seeds_b"] = row.pop("n_a"), row.pop("n_b")
        apart = row.pop("difference")
        row["difference_pp"] = None if apart is None else 100 * apart
    return sorted(rows, key=lambda row: -abs(row["difference_pp"] or 0))


def compared_scores(warehouse: Warehouse, *, a: str, b: str) -> Rows:
    """Return every score that both of two cells have."""
    cells = two_cells(warehouse, a, b)
    if cells is None:
        return []
    sides = []
    for cell in cells:
        found = warehouse.run_query("scores", {"cell": cell})
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
        sides.append({tuple(row[key] for key in SCORE): row["value"] for row in rows})
    left, right = sides
    return [
        {
            **dict(zip(SCORE, score, strict=True)),
            "a": left[score],
            "b": right[score],
            "difference": None
            if left[score] is None or right[score] is None
            else right[score] - left[score],
        }
        for score in left
        if score in right
    ]


def shared_clusters(
    warehouse: Warehouse, *, a: str, b: str, max_clusters: int | None
) -> Rows:
    """Return the pairs of clusters of two cells that share samples."""
    if two_cells(warehouse, a, b) is None:
        return []
    moved = _moves(warehouse, a, b)
    sizes = moved.sizes(0), moved.sizes(1)
    places = [
        {
            cluster: place
            for place, cluster in enumerate(
                sorted(own, key=lambda each: (each == -1, -own[each], each)), 1
            )
        }
        for own in sizes
    ]
    partners = {other: one for one, other in moved.matched}
    # a cluster stands across from the one that it stands for
    across = sorted(
        places[1],
        key=lambda each: (
            each == -1,
            places[0].get(partners.get(each, -2), len(places[0]) + places[1][each]),
        ),
    )
    rows = [
        {
            "cluster_a": one,
            "cluster_b": other,
            "n_samples": n,
            "share_of_a": n / sizes[0][one],
            "share_of_b": n / sizes[1][other],
            "label": moved.labels[one, other],
            "moved": (one, other) not in moved.matched,
            "place_a": places[0][one],
            "place_b": across.index(other) + 1,
        }
        for (one, other), n in moved.shared.items()
        if max_clusters is None or max(places[0][one], places[1][other]) <= max_clusters
    ]
    return sorted(
        rows, key=lambda row: (-row["n_samples"], row["cluster_a"], row["cluster_b"])
    )


def moved_samples(warehouse: Warehouse, *, a: str, b: str) -> Rows:
    """Return the moves alone, the largest first."""
    rows = shared_clusters(warehouse, a=a, b=b, max_clusters=None)
    return [row for row in rows if row["moved"]]


def _compared(warehouse: Warehouse, a: str, b: str) -> list[Compared] | None:
    """Return the pairs of two sides, None for two cells."""
    from zsc_wh.results.comparing import compare
    from zsc_wh.results.sides_asked import sides

    if two_cells(warehouse, a, b) is not None:
        return None
    return compare(*sides(a, b, warehouse.path), METRIC)


def _moves(warehouse: Warehouse, a: str, b: str) -> Moves:
    from zsc_wh.results.moving import moves

    return moves(warehouse, *(two_cells(warehouse, a, b) or (a, b)))
