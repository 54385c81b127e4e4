"""A dataset that was clustered towards several label levels is compared at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.queries.conftest import Ask

AMI = {
    "class": {"dino": 0.5, "resnet": 0.4},
    "genus": {"dino": 0.7, "resnet": 0.9},
    "order": {"dino": 0.6, "resnet": 0.8},
}
"""By label level, finest first, and encoder; ``class`` is the target level."""


def make_levels(levels: Iterable[str]) -> Made:
    """Make two seeds of one clusterer at each of these levels, each a grid as well."""
    made = Made()
    made.dataset("insects", ["a", "b", "c", "d"], group="fine")
    made.rows["label_level"]["insects"]["depth"] = 2
    made.level("insects", "genus", 1, n_classes=3)
    made.level("insects", "order", 0, n_classes=2)
    made.encoder("dino")
    made.encoder("resnet", "supervised")
    made.reducer("none")
    made.clusterer("kmeans")
    for level in levels:
        cells = []
        for encoder, ami in AMI[level].items():
            for seed in (1, 2):
                names = (encoder, "insects", "none", "kmeans")
                cells.append(made.cell(*names, seed, level=level))
                made.run(cells[-1], {"ami": ami, "silhouette": ami})
        made.grid(level, cells)
    return made


ASKED = [
    ("within_noise", "ami"),
    ("encoder_ranks", "mean_rank"),
    ("result_matrix", "value"),
    ("best_cells", "ami"),
    ("silhouette_points", "silhouette"),
    ("delta_ami", "delta_pp"),
    ("level_scores", "ami"),
    ("ami_table", "ami"),
    ("seed_spread", "sd_ami"),
]


@pytest.mark.parametrize(("query", "column"), ASKED)
def test_other_levels_change_no_comparison(
    ask_of: Callable[[Made], Ask], query: str, column: str
) -> None:
    """Cells of other levels are no seeds of those at the target level."""
    alone = ask_of(make_levels(["class"]))(query)
    assert any(row[column] is not None for row in alone)
    assert ask_of(make_levels(AMI))(query) == alone


@pytest.mark.parametrize(
    ("levels", "grid", "counting"),
    [
        (("order", "genus", "class"), None, "class"),
        (("order", "genus"), None, "genus"),
        (("order", "genus", "class"), "order", "order"),
    ],
    ids=["target", "finest", "only-one-of-the-grid"],
)
def test_the_level_that_counts(
    ask_of: Callable[[Made], Ask],
    levels: tuple[str, ...],
    grid: str | None,
    counting: str,
) -> None:
    """It is the target level; where no cell has that one, the finest that one has."""
    ask = ask_of(make_levels(levels))
    rows = {row["encoder"]: row for row in ask("within_noise", grid=grid)}
    found = {encoder: row["ami"] for encoder, row in rows.items()}
    assert found == pytest.approx(AMI[counting])
    assert {row["n_seeds"] for row in rows.values()} == {2}
    judged = ask("level_scores", grid=grid)
    assert {row["level"] for row in judged if row["is_target"]} == {counting}
