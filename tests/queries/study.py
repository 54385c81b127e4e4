"""A made-up study with a known tensor of scores, for tests against numpy and scipy.

Scores are rounded so that ties are common; cells are missing for every reason there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.queries.made import Made

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENCODERS = {"dino": "ssl", "mae": "ssl", "pixels": "none", "resnet": "supervised"}
DATASETS = {"air": "fine", "cars": "fine", "dtd": "far", "mnist": "far", "svhn": "far"}
REDUCERS = ("none", "umap-50")
CLUSTERERS = ("affinity", "hdbscan", "kmeans", "spectral")
SEEDS = (1, 2)
SPACES = {
    "reduced": "silhouette",
    "original": "silhouette_original",
    "umap": "silhouette_umap",
}
SCORE_NAMES = ("ami", *SPACES.values())


@dataclass(frozen=True)
class Study:
    """The rows, and each score as an array.

    Its axes are encoder, dataset, reducer, clusterer and seed. NaN stands
    for a score that is missing, for whatever reason.
    """

    made: Made
    scores: dict[str, NDArray[np.float64]]

    def medians(self, name: str) -> NDArray[np.float64]:
        """Return a score with the seeds reduced by their median."""
        return nanmedian(self.scores[name], axis=4)


def nanmedian(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return the median without NaN; NaN where nothing is left, without a warning."""
    moved = np.moveaxis(values, axis, -1)
    flat = moved.reshape(-1, moved.shape[-1])
    found = [row[~np.isnan(row)] for row in flat]
    medians = [np.median(row) if row.size else np.nan for row in found]
    return np.array(medians).reshape(moved.shape[:-1])


def make_study(seed: int = 0) -> Study:
    """Make the study: 320 labelled cells, 16 unlabelled ones."""
    rng = np.random.default_rng(seed)
    shape = (len(ENCODERS), len(DATASETS), len(REDUCERS), len(CLUSTERERS), len(SEEDS))
    scores = {name: np.full(shape, np.nan) for name in SCORE_NAMES}
    made = Made()
    for encoder, family in ENCODERS.items():
        made.encoder(encoder, family, backbone="vit" if encoder != "resnet" else "rn50")
    for dataset, group in DATASETS.items():
        made.dataset(dataset, ["a", "b"] * 6, group=group)
    made.dataset("unlabelled", n=12)
    for reducer in REDUCERS:
        made.reducer(reducer)
    for clusterer in CLUSTERERS:
        made.clusterer(clusterer)
    for place in np.ndindex(shape):
        cell = made.cell(*_names(place), seed=SEEDS[place[4]])
        fate = rng.uniform()
        if fate < 0.1:
            continue
        if fate < 0.2:
            made.run(cell, status="failed")
            continue
        # quality is shared, so that the scores correlate
        quality = rng.uniform()
        values: dict[str, float | None] = {}
        for name in SCORE_NAMES:
            noise = rng.normal(scale=0.3)
            value = round(float(np.clip(quality + noise, -1, 1)), 1)
            defined = rng.uniform() > 0.15
            values[name] = value if defined else None
            if defined:
                scores[name][place] = value
        made.run(cell, values)
    for encoder in ENCODERS:
        for reducer in REDUCERS:
            for clusterer in ("kmeans", "hdbscan"):
                cell = made.cell(encoder, "unlabelled", reducer, clusterer)
                made.run(cell, {"silhouette": 0.5})
    return Study(made, scores)


def _names(place: tuple[int, ...]) -> tuple[str, str, str, str]:
    return (
        list(ENCODERS)[place[0]],
        list(DATASETS)[place[1]],
        REDUCERS[place[2]],
        CLUSTERERS[place[3]],
    )
