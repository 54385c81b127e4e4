"""The parameters and columns of what is computed about two sides or two cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.report import compare_rows
from zsc_wh.report.declaring import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zsc_wh.sqlfiles import Query

_SIDES = (
    "$a text   one side, as `zscwh compare` takes it, or a cell",
    "$b text   the other side, or another cell",
)
_A = ("a", "double", "mean AMI of a (at most 1)")
_B = ("b", "double", "mean AMI of b (at most 1)")
_DIFFERENCE = ("difference_pp", "double", "b less a, in percentage points")
_LOW = ("low", "double", "lower end of its interval; NULL with fewer than two datasets")
_HIGH = ("high", "double", "upper end of its interval")
_N_DATASETS = ("n_datasets", "bigint", "datasets that it is a mean of")
_OF_SIDES = {
    "n_compared": ("bigint", "cells with an AMI on both sides"),
    "n_within": ("bigint", "of these, differences that seeds alone make"),
    "n_beyond": ("bigint", "of these, differences that are larger"),
    "n_unknown": ("bigint", "of these, those without seeds to tell"),
    "n_one_sided": ("bigint", "cells on one side only, or without an AMI there"),
    "n_redeclared": (
        "bigint",
        "compared cells whose names mean something else; NULL for 0",
    ),
    "n_by_chance": ("double", "cells that would be beyond by chance alone"),
    **{name: (kind, text) for name, kind, text in (_DIFFERENCE, _LOW, _HIGH)},
    _N_DATASETS[0]: _N_DATASETS[1:],
}
_OF_CELLS = {
    "n_samples": ("bigint", "samples that both cells have"),
    "n_moved": ("bigint", "samples whose two clusters do not stand for each other"),
    "share_moved": ("double", "of the samples (0 to 1)"),
    "agreement": ("double", "AMI between the two assignments (at most 1)"),
    "clusters_a": ("bigint", "clusters of a, noise excluded"),
    "clusters_b": ("bigint", "clusters of b, noise excluded"),
}
_SHARED = [
    ("cluster_a", "integer", "cluster of a, -1 is noise"),
    ("cluster_b", "integer", "cluster of b, -1 is noise"),
    ("n_samples", "bigint", "samples in both"),
    ("share_of_a", "double", "of the samples of the cluster of a (0 to 1)"),
    ("share_of_b", "double", "of the samples of the cluster of b (0 to 1)"),
    ("label", "text", "class that most of them have; NULL without labels"),
    ("moved", "boolean", "whether the two clusters do not stand for each other"),
    ("place_a", "bigint", "place of the cluster of a by size, noise last"),
    ("place_b", "bigint", "place of the cluster of b, by what it stands for"),
]

DECLARED: Sequence[tuple[Query, Callable[..., list[dict[str, Any]]]]] = (
    (
        declared(
            "comparison",
            "one row with the key numbers of a comparison of two sides or two cells",
            _SIDES,
            [
                ("n_cells", "bigint", "2 where two cells are compared, else 0"),
                *((name, *rest) for name, rest in {**_OF_SIDES, **_OF_CELLS}.items()),
            ],
            "zscwh compare $a $b",
        ),
        compare_rows.comparison,
    ),
    (
        declared(
            "compared_names",
            "one row per encoder, reducer and clusterer of the compared cells, with "
            "its mean difference in AMI, every dataset with equal weight",
            _SIDES,
            [
                ("grouped_by", "text", "kind of the name"),
                ("subject", "text", "the name"),
                _DIFFERENCE,
                _LOW,
                _HIGH,
                _N_DATASETS,
                ("n_pairs", "bigint", "compared cells of it"),
            ],
            "zscwh compare $a $b",
        ),
        compare_rows.compared_names,
    ),
    (
        declared(
            "compared_datasets",
            "one row per dataset of the compared cells, with the mean AMI of both",
            _SIDES,
            [
                ("dataset", "text", "name of the dataset"),
                _A,
                _B,
                _DIFFERENCE,
                ("n_pairs", "bigint", "compared cells of it"),
                ("n_beyond", "bigint", "of these, beyond what seeds make"),
            ],
            "zscwh compare $a $b",
        ),
        compare_rows.compared_datasets,
    ),
    (
        declared(
            "compared_cells",
            "one row per cell that is closed on either side, largest difference first",
            _SIDES,
            [
                ("encoder", "text", "name of the encoder"),
                ("dataset", "text", "name of the dataset"),
                ("reducer", "text", "name of the reducer"),
                ("clusterer", "text", "name of the clusterer"),
                ("level", "text", "label level; NULL without labels"),
                ("dtype", "text", "type of the numbers, where it differs"),
                _A,
                _B,
                _DIFFERENCE,
                ("noise_sd", "double", "standard deviation over seeds"),
                ("seeds_a", "integer", "seeds of a with an AMI"),
                ("seeds_b", "integer", "seeds of b with an AMI"),
                (
                    "within_noise",
                    "boolean",
                    "whether seeds alone make such a difference",
                ),
                ("noise_from", "text", "whose seeds tell: cell, recipe or clusterer"),
            ],
            "zscwh compare $a $b",
        ),
        compare_rows.compared_cells,
    ),
    (
        declared(
            "compared_scores",
            "one row per score that both of two cells have",
            _SIDES,
            [
                *(
                    (name, "text", f"{name} of the score")
                    for name in compare_rows.SCORE
                ),
                ("a", "double", "score of a"),
                ("b", "double", "score of b"),
                ("difference", "double", "b less a"),
            ],
            "zscwh query scores -p cell=$a\nzscwh query scores -p cell=$b",
        ),
        compare_rows.compared_scores,
    ),
    (
        declared(
            "shared_clusters",
            "one row per pair of clusters of two cells that share samples",
            [*_SIDES, "$max_clusters integer = null   only the largest of either side"],
            _SHARED,
            "zscwh assignments $a\nzscwh assignments $b",
        ),
        compare_rows.shared_clusters,
    ),
    (
        declared(
            "moved_samples",
            "one row per pair of clusters of two cells that share samples and do not "
            "stand for each other",
            _SIDES,
            _SHARED,
            "zscwh assignments $a\nzscwh assignments $b",
        ),
        compare_rows.moved_samples,
    ),
)
"""What is declared here, each with its function."""
