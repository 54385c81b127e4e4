"""A study of full size, made up and written as shards: what queries and reports face.

26 datasets with two label levels, 18 encoders, two reducers, six clusterers and five
seeds are 28,080 cells. Each has the 40 scores that the catalog can give it: 15 against
the labels of either level, 10 of the clusters alone. The grid was declared twice. Only
the samples are few, since no score depends on how many there were.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tests.queries.made import Made, key
from zsc_wh.scores import EXTERNAL
from zsc_wh.shards import write_shard

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.queries.made import Cell

N_DATASETS = 26
GROUPS = ("Domain-shift", "Far-OOD", "Fine-grained", "In-domain", "Near-OOD")
ENCODERS = {
    "pixels": ("none", None, False),
    "random_resnet50": ("random", "ResNet-50", False),
    "resnet50": ("supervised", "ResNet-50", False),
    "mocov3_resnet50": ("ssl", "ResNet-50", False),
    "dino_resnet50": ("ssl", "ResNet-50", False),
    "vicreg_resnet50": ("ssl", "ResNet-50", False),
    "ft_mocov3_resnet50": ("ssl", "ResNet-50", True),
    "ft_dino_resnet50": ("ssl", "ResNet-50", True),
    "ft_vicreg_resnet50": ("ssl", "ResNet-50", True),
    "random_vitb16": ("random", "ViT-B/16", False),
    "vitb16": ("supervised", "ViT-B/16", False),
    "mocov3_vit_base": ("ssl", "ViT-B/16", False),
    "dino_vitb16": ("ssl", "ViT-B/16", False),
    "timm_mae": ("ssl", "ViT-B/16", False),
    "mae_pretrain_vit_base": ("ssl", "ViT-B/16", False),
    "ft_mocov3_vit_base": ("ssl", "ViT-B/16", True),
    "ft_dino_vitb16": ("ssl", "ViT-B/16", True),
    "mae_finetuned_vit_base": ("ssl", "ViT-B/16", True),
}
REDUCERS = ("none", "umap-50")
CLUSTERERS = ("ac-known", "ac-unknown", "affinity", "hdbscan", "kmeans", "spectral")
SEEDS = (1, 2, 3, 4, 5)
NEIGHBOURS = (1, 10, 20, 100, 200)
CLASSES = 10

EXTERNALS = [
    (metric, subset)
    for metric in EXTERNAL
    for subset in ("all", "clustered")
    if (metric, subset) != ("ami_true", "clustered")
]
INTERNALS = [
    *(("silhouette", space, "all") for space in ("reduced", "original", "umap")),
    ("silhouette", "reduced", "clustered"),
    *(("calinski_harabasz", space, "all") for space in ("reduced", "original", "umap")),
    *(("davies_bouldin", space, "all") for space in ("reduced", "original", "umap")),
]
N_SCORES = 2 * len(EXTERNALS) + len(INTERNALS)
"""Scores of a cell."""
N_CELLS = N_DATASETS * len(ENCODERS) * len(REDUCERS) * len(CLUSTERERS) * len(SEEDS)


def write_full_size(
    folder: Path, *, shards: int = 1000, n_samples: int = 200, seed: int = 0
) -> int:
    """Write the study as shards, what was declared before what came of it.

    Parameters
    ----------
    folder : Path
        Where to.
    shards : int
        How many hold runs, about equally many each; one more holds the rest.
    n_samples : int
        Samples of a dataset, at least 10.
    seed : int
        Seed of all chance.

    Returns
    -------
    int
        Rows of the table ``score``.
    """
    rng = np.random.default_rng(seed)
    made = Made()
    qualities = _declare(made, n_samples, rng)
    cells = list(qualities)
    older = [cell for cell in cells if not cell.startswith("0")]
    made.grid("study", older, day=0)
    made.grid("study", cells, day=1)
    _shard(made, folder)
    n_scores = 0
    for part in np.array_split(np.arange(len(cells)), shards):
        for index in part:
            _run(made, cells[index], qualities[cells[index]], n_samples, rng)
        n_scores += len(made.rows["score"])
        _shard(made, folder)
    return n_scores


def _declare(made: Made, n_samples: int, rng: np.random.Generator) -> dict[Cell, float]:
    """Declare all there is, with its arrays and probes; return how good each cell is.

    Encoders differ, datasets differ, and some suit each other.
    """
    datasets = [f"dataset-{number:02d}" for number in range(N_DATASETS)]
    names = [f"class-{number}" for number in range(CLASSES)]
    classes = names * (n_samples // CLASSES) + names[: n_samples % CLASSES]
    for number, dataset in enumerate(datasets):
        group, train = GROUPS[number % len(GROUPS)], f"{dataset}-train"
        made.dataset(dataset, classes, group=group, train=train)
        made.rows["label_level"][dataset]["depth"] = 1
        made.level(dataset, "coarse", 0, n_classes=3)
        made.dataset(train, names)
    for reducer in (*REDUCERS, "umap-2"):
        made.reducer(reducer)
    for clusterer in CLUSTERERS:
        made.clusterer(clusterer)
    for encoder, (family, backbone, fine_tuned) in ENCODERS.items():
        made.encoder(encoder, family, backbone=backbone, fine_tuned=fine_tuned)
    pairs = rng.normal(0, 0.05, (len(ENCODERS), N_DATASETS))
    pairs += rng.uniform(0.1, 0.4, (len(ENCODERS), 1))
    pairs += rng.uniform(0, 0.4, N_DATASETS)
    found = {}
    for (row, encoder), (column, dataset) in product(
        enumerate(ENCODERS), enumerate(datasets)
    ):
        quality = float(np.clip(pairs[row, column], 0.1, 0.8))
        _arrays(made, encoder, dataset, quality, n_samples, rng)
        for reducer, clusterer, seed in product(REDUCERS, CLUSTERERS, SEEDS):
            cell = made.cell(encoder, dataset, reducer, clusterer, seed)
            gain = 0.1 * (reducer == "umap-50") - 0.02 * CLUSTERERS.index(clusterer)
            found[cell] = quality + gain
    return found


def _arrays(
    made: Made,
    encoder: str,
    dataset: str,
    quality: float,
    n_samples: int,
    rng: np.random.Generator,
) -> None:
    """Record what was made of one encoder and one dataset beside the cells."""
    made.task("embed", made.embedding(encoder, dataset), 30.0, peak_bytes=2**30)
    for reducer, seed in product(REDUCERS, SEEDS):
        array = made.reduction(encoder, dataset, reducer, seed)
        made.task("reduce", array, float(rng.uniform(1, 60)), peak_bytes=2**29)
        for level in ("class", "coarse"):
            made.array_score(array, "silhouette", quality - 0.2, level)
    points = [(float(x), float(y)) for x, y in rng.normal(size=(n_samples, 2))]
    made.projection(encoder, dataset, points)
    train = f"{dataset}-train"
    for k in NEIGHBOURS:
        scores = {"accuracy": quality - k / 2000, "top5": 1.0}
        probe = made.probe(encoder, train, dataset, scores, k=k, temperature=0.07)
        made.task("probe", probe, 3.0)


def _run(
    made: Made, cell: Cell, quality: float, n_samples: int, rng: np.random.Generator
) -> None:
    """Record what became of a cell: of 50 one failed and one was not run."""
    fate = rng.integers(50)
    if fate == 0:
        made.run(cell, status="failed")
    if fate < 2:
        return
    labels: NDArray[np.int64] = rng.integers(-1, CLASSES, n_samples)
    run = made.run(cell, labels=labels.tolist())
    made.task("cluster", cell, float(rng.uniform(0.1, 20)), peak_bytes=2**28)
    values = np.clip(quality + rng.normal(0, 0.03, N_SCORES), 0, 1).tolist()
    keys = (cell.label_key, key("label", cell.labelling, "coarse"))
    places = [
        *(
            (metric, "labels", subset, label_key)
            for label_key, (metric, subset) in product(keys, EXTERNALS)
        ),
        *((*place, "") for place in INTERNALS),
    ]
    columns = ("metric", "space", "subset", "label_key")
    for place, value in zip(places, values, strict=True):
        made.rows["score"]["|".join((run, *place))] = {
            "run_key": run,
            **dict(zip(columns, place, strict=True)),
            "value": value,
            "reason": None,
        }


def _shard(made: Made, folder: Path) -> None:
    """Write what was gathered, and forget it: only the names are needed later."""
    rows = {table: list(given.values()) for table, given in made.rows.items() if given}
    for run in rows.get("run", []):
        del run["shard_seq"]  # the loader numbers shards
    write_shard(folder, rows, "full size")
    for given in made.rows.values():
        given.clear()
