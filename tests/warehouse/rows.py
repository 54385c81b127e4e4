"""Made-up rows that satisfy every rule of the warehouse, for tests of the loader."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LABELS = [0, 0, 1, 1, -1, 2]
"""Assignment of every made-up run: three clusters and one sample of noise."""

Rows = Mapping[str, list[dict[str, Any]]]


def key(*parts: object) -> str:
    """Return a stable key of 64 hexadecimal digits."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def declared(*cells: str, name: str = "made") -> dict[str, list[dict[str, Any]]]:
    """Return one row of each declaration, and the cells called `cells`."""
    encoder, dataset = key("encoder", name), key("dataset", name)
    reducer, clusterer = key("reducer", name), key("clusterer", name)
    embedding = key("embedding", name)
    made = {"host": "here", "versions": "{}", "threads": 1, "device": "cpu"}
    array = {"n": 6, "uri": "x.npy", "sha256": key("file"), "wall_s": 1.5} | made
    now = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    return {
        "encoder": [
            {
                "encoder_key": encoder,
                "name": name,
                "family": "ssl",
                "fine_tuned": False,
                "loader": '{"kind": "timm"}',
                "tags": ["study"],
            }
        ],
        "dataset": [
            {
                "dataset_key": dataset,
                "name": name,
                "n_samples": 6,
                "n_classes": 2,
                "imbalance": 1.0,
                "loader": "{}",
                "tags": [],
            }
        ],
        "label_level": [
            {
                "dataset_key": dataset,
                "level": "class",
                "depth": 0,
                "n_classes": 2,
                "is_target": True,
            }
        ],
        "label": [
            {
                "dataset_key": dataset,
                "level": "class",
                "class_names": ["a", "b"],
                "class_index": [0, 0, 1, 1, None, 0],
            }
        ],
        "sample": [
            {"dataset_key": dataset, "sample_index": index, "sample_id": f"{index}.png"}
            for index in range(6)
        ],
        "reducer": [
            {
                "reducer_key": reducer,
                "name": name,
                "kind": "none",
                "params": "{}",
                "tags": [],
            }
        ],
        "clusterer": [
            {
                "clusterer_key": clusterer,
                "name": name,
                "kind": "hdbscan",
                "params": "{}",
                "k_source": "estimated",
                "knows_k": False,
                "standardise": "none",
                "dimension_correction": False,
                "tags": [],
                "slot": name,
            }
        ],
        "embedding": [
            {
                "embedding_key": embedding,
                "encoder_key": encoder,
                "dataset_key": dataset,
                "transform": "{}",
                "precision": "float32",
                "dim": 4,
                "weights_sha256": key("weights"),
                "created_at": now,
            }
            | array
        ],
        "cell": [
            {
                "cell_key": key("cell", cell),
                "encoder_key": encoder,
                "dataset_key": dataset,
                "subset": "all",
                "level": "class",
                "embedding_key": embedding,
                "reducer_key": reducer,
                "reduction_key": embedding,
                "clusterer_key": clusterer,
                "seed": 0,
                "dtype": "float32",
            }
            for cell in cells
        ],
    }


def finished(cell: str, attempt: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Return one attempt at a cell, with its assignment and two scores."""
    run = key("run", cell, attempt)
    score = {"run_key": run, "subset": "all"}
    return {
        "run": [
            {
                "run_key": run,
                "cell_key": key("cell", cell),
                "status": "done",
                "n_clusters": 3,
                "n_noise": 1,
                "converged": None,
                "wall_s": 0.25,
                "host": "here",
                "versions": '{"python": "3.11"}',
                "started_at": datetime(2024, 5, 6, tzinfo=UTC),
            }
        ],
        "assignment": [{"run_key": run, "labels": LABELS}],
        "score": [
            score
            | {"metric": "ami", "space": "labels", "level": "class", "value": 0.5},
            score
            | {
                "metric": "silhouette",
                "space": "reduced",
                "level": "",
                "value": None,
                "reason": "too few clusters",
            },
        ],
    }


def joined(*parts: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of several parts by table."""
    whole: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        for table, rows in part.items():
            whole.setdefault(table, []).extend(rows)
    return whole


def study(*cells: str, name: str = "made") -> dict[str, list[dict[str, Any]]]:
    """Return declarations and one finished attempt at each of the cells."""
    return joined(declared(*cells, name=name), *(finished(cell) for cell in cells))


N_DECLARED = 13
"""Rows of `declared` without the cells: 6 samples and 7 others."""

N_FINISHED = 4
"""Rows of `finished`: a run, an assignment and two scores."""
