"""A made-up table of runs in the field names of the study, and its files."""

from __future__ import annotations

import csv
import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

ENCODERS = (
    "none",
    "random_resnet50",
    "resnet50",
    "mocov3_resnet50",
    "dino_resnet50",
    "vicreg_resnet50",
    "clip_RN50",
    "random_vitb16",
    "vitb16",
    "mocov3_vit_base",
    "dino_vitb16",
    "timm_vit_base_patch16_224.mae",
    "mae_pretrain_vit_base_global",
    "clip_vitb16",
    "ft_mocov3_resnet50",
    "ft_dino_resnet50",
    "ft_vicreg_resnet50",
    "ft_mocov3_vit_base",
    "ft_dino_vitb16",
    "mae_finetuned_vit_base_global",
)
DATASETS = {"cifar10": (10_000, 10), "dtd": (1_880, 47), "mnist": (10_000, 10)}
SETTINGS: dict[str, dict[str, Any]] = {
    "kmeans": {"clusterer_name": "KMeans"},
    "spectral-nn30": {
        "clusterer_name": "SpectralClustering",
        "spectral_affinity": "nearest_neighbors",
        "spectral_assigner": "cluster_qr",
        "spectral_n_neighbors": 30.0,
    },
    "ac-known": {
        "clusterer_name": "AgglomerativeClustering",
        "aggclust_linkage": "ward",
        "distance_metric": "euclidean",
    },
    "affinity-0.85": {
        "clusterer_name": "AffinityPropagation",
        "affinity_damping": 0.85,
        "affinity_conv_iter": 15.0,
    },
    "hdbscan-l1": {
        "clusterer_name": "HDBSCAN",
        "hdbscan_method": "eom",
        "distance_metric": "l1",
        "min_samples": 5.0,
        "max_samples": 0.2,
    },
}
UMAP = {
    "dim_reducer": "None",
    "dim_reducer_man": "UMAP",
    "ndim_reduced_man": 50.0,
    "dim_reducer_man_nn": 30.0,
    "dim_reducer_man_metric": "euclidean",
    "zscore": False,
}
PCA = {
    "dim_reducer": "PCA",
    "dim_reducer_man": "None",
    "pca_variance": 0.9,
    "zscore": True,
}
Row = dict[str, Any]


def study_runs(n: int = 1000) -> list[Row]:
    """Return `n` runs: encoders by clusterers by datasets, by as many seeds as needed.

    Of affinity propagation every third run did not converge, HDBSCAN leaves a quarter
    as noise, every 50th run has no silhouette, and every 97th no AMI.
    """
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    cells = itertools.product(range(1, 5), DATASETS, SETTINGS, ENCODERS)
    for number, (seed, dataset, clusterer, encoder) in enumerate(
        itertools.islice(cells, n), 1
    ):
        n_samples, n_classes = DATASETS[dataset]
        ami = round(float(rng.uniform(0.1, 0.9)), 6)
        noise = 0.25 if clusterer == "hdbscan-l1" else 0.0
        rows.append(
            {
                "id": f"run{number}",
                "partition": "test",
                "zoom_ratio": 1.0,
                "dataset_name": dataset,
                "model": encoder,
                "seed": seed,
                **(PCA if encoder == "none" else UMAP),
                **SETTINGS[clusterer],
                "n_samples": n_samples,
                "num_cluster_true": n_classes,
                "num_cluster_pred": n_classes + int(rng.integers(3)),
                "ratio_unclustered": noise,
                "time_clustering": round(float(rng.uniform(1, 9)), 3),
                "converged": number % 3 != 0 if "affinity" in clusterer else None,
                "AMI": None if number % 97 == 0 else ami,
                "AMI_clus": min(1.0, ami + 0.05),
                "silhouette-euclidean_pred": None if number % 50 == 0 else ami - 0.1,
                "silhouette-euclidean_true": 0.3,
                "_timestamp": 1_700_000_000 + number,
            }
        )
    return rows


def write_csv(rows: list[Row], file: Path, delimiter: str = ",") -> Path:
    """Write rows as pandas would: ``True``, and nothing or NaN where there is none."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(columns)
        for number, row in enumerate(rows):
            absent = "" if number % 2 else "NaN"
            values = (row.get(column) for column in columns)
            writer.writerow([absent if value is None else value for value in values])
    return file


def write_jsonl(rows: list[Row], file: Path) -> Path:
    """Write rows as JSON lines; what is absent is null or not there."""
    lines = [
        {column: value for column, value in row.items() if value is not None or odd}
        for odd, row in enumerate(rows)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    file.write_text(text, encoding="utf-8")
    return file
