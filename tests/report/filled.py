"""A made-up warehouse with something in every section of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.queries.made import Made, key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tests.queries.made import Cell

CLASSES = ("bird", "cat", "dog", "fish", "frog", "horse")
ENCODERS = {"resnet50": "supervised", "dino_vitb16": "ssl", "pixels": "none"}
REDUCERS = ("none", "pca-0.85", "umap-50")
CLUSTERERS = ("ac-known", "ac-unknown", "affinity", "hdbscan", "kmeans", "spectral")
N = 240

GRID = """name = "quick"
seeds = [1]

[[cross]]
datasets = ["animals", "folder"]
encoders = ["resnet50", "dino_vitb16", "pixels"]
reducers = ["none", "pca-0.85", "umap-50"]
clusterers = ["kmeans", "spectral", "ac-known", "ac-unknown", "affinity", "hdbscan"]
"""


def make_filled(
    *,
    encoders: dict[str, str] | None = None,
    classes: Sequence[str] = CLASSES,
    datasets: Sequence[str] = ("animals", "folder"),
    labelled: bool = True,
    reason: str = "needs 9.1 GiB, the limit is 8 GiB",
    seed: int = 0,
) -> Made:
    """Make a grid over two datasets, the second without labels.

    Parameters
    ----------
    encoders : dict, optional
        Name to family, best first.
    classes, datasets : sequence of str, optional
        Names of the classes and of the two datasets.
    labelled : bool, optional
        Whether the first dataset has labels.
    reason : str, optional
        Why the cells of one clusterer have no result.
    seed : int, optional
        Seed of all chance.
    """
    rng = np.random.default_rng(seed)
    made = Made()
    truth = rng.integers(len(classes), size=N)
    centres = rng.normal(scale=4, size=(len(classes), 2))
    points = [(float(x), float(y)) for x, y in centres[truth] + rng.normal(size=(N, 2))]
    names: list[str | None] = [classes[place] for place in truth]
    names[3] = None
    made.dataset(
        datasets[0],
        names if labelled else (),
        n=N,
        group="Natural",
        train=f"{datasets[0]}-train",
        ignored=[f"{datasets[0]}.txt"],
    )
    made.dataset(datasets[1], n=N)
    if labelled:
        made.dataset(f"{datasets[0]}-train", list(classes) * 4)
        made.rows["label_level"][datasets[0]]["depth"] = 1
        made.level(datasets[0], "kingdom", 0, n_classes=2)
    for reducer in (*REDUCERS, "umap-2"):
        made.reducer(reducer)
    for clusterer in CLUSTERERS:
        made.clusterer(clusterer)
    cells = []
    for rank, (encoder, family) in enumerate((encoders or ENCODERS).items()):
        made.encoder(encoder, family, backbone="ViT-B/16")
        for dataset in datasets:
            energy = 300.0 - 100 * rank
            embedding = made.embedding(encoder, dataset, cpu_energy_j=energy)
            made.task("embed", embedding, 40.0 - 10 * rank, peak_bytes=2**30)
            made.task("score", embedding, 6.0)
            for reducer in REDUCERS:
                reduction = made.reduction(encoder, dataset, reducer)
                made.task("reduce", reduction, 20.0 if reducer == "umap-50" else 1.5)
                if dataset == datasets[0] and labelled:
                    made.array_score(reduction, "silhouette", 0.3 - 0.1 * rank)
                for place, clusterer in enumerate(CLUSTERERS):
                    cell = made.cell(encoder, dataset, reducer, clusterer)
                    cells.append(cell)
                    made.task("cluster", cell, 0.5 + place, peak_bytes=2**28)
                    gain = 0.1 * REDUCERS.index(reducer) - 0.15 * rank
                    quality = float(np.clip(0.55 + gain + rng.normal(0, 0.06), 0, 1))
                    fate = (rank, reducer, clusterer)
                    _run(made, cell, quality, truth, fate, reason, rng)
        made.projection(encoder, datasets[0], points)
        if labelled:
            _probes(made, encoder, rank, datasets[0])
    made.grid("quick", cells, toml=GRID)
    _lose_a_sample(made, list(encoders or ENCODERS)[-1], datasets[0])
    if labelled:
        _repeat(made, next(iter(encoders or ENCODERS)), datasets[0])
    return made


def _probes(made: Made, encoder: str, rank: int, test: str) -> None:
    """Record the probes of one encoder; the last one has no accuracy."""
    train = f"{test}-train"
    for k in (1, 10, 20, 100, 200):
        accuracy = 0.9 - 0.2 * rank - k / 2000
        scores = {"accuracy": accuracy, "top5": 1.0}
        made.probe(encoder, train, test, scores, k=k, temperature=0.07)
    linear = {"accuracy": 0.95 - 0.2 * rank, "balanced_accuracy": 0.9 - 0.2 * rank}
    probe = made.probe(encoder, train, test, linear, method="linear")
    made.task("probe", probe, 3.0, cpu_energy_j=50.0)
    reason = f"{train} has too few samples"
    made.probe(encoder, train, test, {"accuracy": None}, k=500, reason=reason)


def _lose_a_sample(made: Made, encoder: str, dataset: str) -> None:
    """Take one sample out of all that was made of one embedding."""
    made.unreadable(encoder, dataset, {7: f"{dataset} is truncated"})
    embedding = key("embedding", encoder, dataset)
    for assignment in made.rows["assignment"].values():
        run = made.rows["run"][assignment["run_key"]]
        if made.rows["cell"][run["cell_key"]]["embedding_key"] == embedding:
            noise = assignment["labels"][7] == -1
            assignment["labels"][7] = None
            run["n_noise"] -= noise
    projection = made.rows["projection"][
        key("reduction", encoder, dataset, "umap-2", 1)
    ]
    projection["x"][7] = projection["y"][7] = None


def _repeat(made: Made, encoder: str, dataset: str) -> None:
    """Run two recipes with a second seed, as another grid."""
    cells = []
    for clusterer, ami in (("kmeans", 0.7), ("ac-known", 0.71)):
        cells.append(made.cell(encoder, dataset, "umap-50", clusterer, seed=2))
        made.run(cells[-1], {"ami": ami}, labels=[0] * N)
    made.grid("again", cells)


def make_hostile() -> Made:
    """Make the same with names that want to be SQL, HTML, scripts or templates."""
    return make_filled(
        encoders={
            "a'; drop table run; --": "supervised",
            '"><img src=x onerror=alert(1)>': "ssl",
            "${x}{{7*7}}{% raw %}": "none",
        },
        classes=("</script><img src=x onerror=alert(1)>", "<!--", "]]>"),
        datasets=("<b>bold</b>", "&amp;"),
        reason="<script>alert(3)</script>",
    )


def _run(
    made: Made,
    cell: Cell,
    quality: float,
    truth: NDArray[np.int64],
    fate: tuple[int, str, str],
    reason: str,
    rng: np.random.Generator,
) -> None:
    """Record what became of one cell."""
    rank, reducer, clusterer = fate
    if clusterer == "affinity" and reducer == "none":
        made.run(cell, status="skipped", reason=reason)
        return
    if clusterer == "spectral" and rank == 2:
        made.run(cell, status="failed", reason="the graph is not connected")
        return
    if clusterer == "spectral" and rank == 1 and reducer == "none":
        return
    wrong = rng.uniform(size=N) > quality + 0.3
    labels = np.where(wrong, rng.integers(truth.max() + 1, size=N), truth)
    if clusterer == "hdbscan":
        labels = np.where(rng.uniform(size=N) < 0.08, -1, labels)
    internal = float(np.clip(quality - 0.2 + rng.normal(0, 0.05), -1, 1))
    scores: dict[str, float | None] = {
        "silhouette": internal + 0.05,
        "silhouette_original": internal / 2,
        "silhouette_umap": internal,
    }
    if cell.label_key:
        scores |= {"ami": quality, "nmi": quality, "ari": quality * 0.8}
    limit = clusterer == "affinity" and rank == 1
    run = made.run(
        cell,
        scores,
        status="not_converged" if limit else "done",
        labels=[int(label) for label in labels],
    )
    if "ami" in scores:
        made.level_score(run, "kingdom", quality / 2)
        made.level_score(run, "class", quality + 0.05, "ami_true")
        made.level_score(run, "kingdom", quality, "ami_true")
