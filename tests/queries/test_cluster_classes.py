from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

CLASSES = ("cat", "cat", "dog", "dog", "dog", None, "cat", "dog", "cat")
CLUSTERS = (3, 3, 3, 0, 0, 0, -1, -1, None)


def test_clusters_and_classes_are_counted(ask_of: Callable[[Made], Ask]) -> None:
    """Shares are of all readable samples; noise is last, whatever its size."""
    made = Made()
    made.encoder("e")
    made.dataset("pets", CLASSES)
    made.reducer("none")
    made.clusterer("kmeans")
    cell = made.cell("e", "pets", "none", "kmeans")
    made.run(cell, {"ami": 0.5}, labels=[*CLUSTERS])
    ask = ask_of(made)
    [known] = ask("results")
    rows = ask("cluster_classes", cell=known["cell_key"][:12])

    pairs = Counter(
        (cluster, name)
        for cluster, name in zip(CLUSTERS, CLASSES, strict=True)
        if cluster is not None
    )
    sizes = Counter(cluster for cluster, _ in pairs.elements())
    classes = Counter(name for _, name in pairs.elements())
    found = {(row["cluster"], row["label"]): row for row in rows}
    assert {pair: row["n_samples"] for pair, row in found.items()} == pairs
    for (cluster, name), row in found.items():
        assert row["n_in_cluster"] == sizes[cluster]
        assert row["n_in_class"] == classes[name]
        assert row["share_of_cluster"] == row["n_samples"] / sizes[cluster]
        assert row["share_of_class"] == row["n_samples"] / classes[name]
    assert [cluster for cluster, _ in found] == [0, 0, 3, 3, -1, -1]
    assert [pair for pair, row in found.items() if row["is_majority"]] == [
        (0, "dog"),
        (3, "cat"),
        (-1, "cat"),  # as many as dogs, and first by name
    ]
    places = {name: row["class_place"] for (_, name), row in found.items()}
    assert places == {"dog": 1, "cat": 2, None: 3}

    largest = ask("cluster_classes", cell=known["cell_key"], max_clusters=1)
    assert {row["cluster"] for row in largest} == {0}
    others = ask("cluster_classes", cell=known["cell_key"], majority=False)
    assert len(others) == len(rows) - 3
