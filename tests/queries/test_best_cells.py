from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def made() -> Made:
    """Make three clusterings of a dataset with labels and of one without."""
    made = Made()
    made.encoder("e")
    made.dataset("labelled", ["a", "b"])
    made.dataset("folder", n=2)
    made.reducer("none")
    scores = {"kmeans": (0.4, 0.9), "spectral": (0.6, 0.1), "hdbscan": (None, None)}
    for clusterer, (ami, silhouette) in scores.items():
        made.clusterer(clusterer)
        for dataset in ("labelled", "folder"):
            cell = made.cell("e", dataset, "none", clusterer)
            known = {"silhouette_umap": silhouette}
            made.run(cell, known | ({"ami": ami} if dataset == "labelled" else {}))
    made.cell("e", "labelled", "none", "kmeans", seed=2)
    return made


def test_labels_judge_where_there_are_any(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """AMI chooses the best cell, and the silhouette where there are no labels."""
    folder, labelled = ask_of(made)("best_cells")
    assert (labelled["clusterer"], labelled["judged_by"]) == ("spectral", "ami")
    assert (folder["clusterer"], folder["judged_by"]) == ("kmeans", "silhouette_umap")
    assert (labelled["n_scored"], folder["n_scored"]) == (2, 2)


@pytest.mark.parametrize(
    ("params", "chosen"),
    [
        ({"dataset": "folder"}, ["kmeans"]),
        ({"clusterer": "spectral"}, ["spectral", "spectral"]),
        ({"clusterer": "hdbscan"}, []),
        ({"seed": 2}, []),
        ({"encoder": "x"}, []),
        ({"reducer": "x"}, []),
        ({"grid": "x"}, []),
    ],
)
def test_filters(
    ask_of: Callable[[Made], Ask],
    made: Made,
    params: dict[str, object],
    chosen: list[str],
) -> None:
    """Filters choose among the cells before the best of them is taken."""
    rows = ask_of(made)("best_cells", **params)
    assert [row["clusterer"] for row in rows] == chosen
