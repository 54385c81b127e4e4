"""A made-up warehouse: rows gathered by table in plain words, then written at once.

Used by the tests of queries and of reports, which need results of every kind (missing,
failed, tied, unlabelled) without computing any.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

START = datetime(2024, 3, 1, 8, 0, tzinfo=UTC)
"""When everything in a made-up warehouse begins."""

SCORES: Mapping[str, tuple[str, str, str]] = {
    "ami": ("ami", "labels", "all"),
    "ami_clustered": ("ami", "labels", "clustered"),
    "nmi": ("nmi", "labels", "all"),
    "ari": ("ari", "labels", "all"),
    "silhouette": ("silhouette", "reduced", "all"),
    "silhouette_original": ("silhouette", "original", "all"),
    "silhouette_umap": ("silhouette", "umap", "all"),
}
"""Column of the view ``result``: metric, space and subset of the score behind it."""

VERSIONS = json.dumps({"python": "3.11.9", "numpy": "2.1.0", "scikit-learn": "1.5.2"})


def key(*parts: object) -> str:
    """Return a stable key of 64 hexadecimal digits."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


class Made:
    """Rows by table. Things are named by their names; keys follow from the names."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._levels: dict[str, str | None] = {}
        self._count = 0

    def encoder(
        self,
        name: str,
        family: str = "ssl",
        *,
        backbone: str | None = None,
        fine_tuned: bool = False,
    ) -> None:
        """Declare an encoder."""
        self.rows["encoder"][name] = {
            "encoder_key": key("encoder", name),
            "name": name,
            "backbone": backbone,
            "family": family,
            "objective": None,
            "pretrained_on": None,
            "fine_tuned": fine_tuned,
            "feature": "cls",
            "image_size": 224,
            "loader": "{}",
            "tags": [],
        }

    def dataset(
        self,
        name: str,
        classes: Sequence[str | None] = (),
        *,
        n: int = 12,
        group: str | None = None,
        **changes: Any,
    ) -> None:
        """Declare a dataset with the class of every sample, or `n` without labels."""
        n = len(classes) or n
        names = sorted({label for label in classes if label is not None})
        self._levels[name] = "class" if names else None
        self.rows["dataset"][name] = {
            "dataset_key": key("dataset", name),
            "name": name,
            "domain_group": group,
            "n_samples": n,
            "n_classes": len(names) or None,
            "imbalance": 1.0 if names else None,
            "loader": "{}",
            "tags": [],
            "train": None,
            "subset": None,
            "ignored": None,
            **changes,
        }
        for index in range(n):
            self.rows["sample"][f"{name}|{index}"] = {
                "dataset_key": key("dataset", name),
                "sample_index": index,
                "sample_id": f"image-{index:05}.png",
            }
        if names:
            self.rows["label_level"][name] = {
                "dataset_key": key("dataset", name),
                "level": "class",
                "depth": 0,
                "n_classes": len(names),
                "is_target": True,
            }
            self.rows["label"][name] = {
                "dataset_key": key("dataset", name),
                "level": "class",
                "class_names": names,
                "class_index": [
                    None if label is None else names.index(label) for label in classes
                ],
            }

    def level(self, dataset: str, name: str, depth: int, *, n_classes: int) -> None:
        """Declare one more label level of a dataset, which judges nothing."""
        self.rows["label_level"][f"{dataset}|{name}"] = {
            "dataset_key": key("dataset", dataset),
            "level": name,
            "depth": depth,
            "n_classes": n_classes,
            "is_target": False,
        }

    def reducer(self, name: str) -> None:
        """Declare a reducer."""
        self.rows["reducer"][name] = {
            "reducer_key": key("reducer", name),
            "name": name,
            "kind": name.split("-")[0],
            "params": "{}",
            "tags": [],
        }

    def clusterer(self, name: str, slot: str | None = None) -> None:
        """Declare a clusterer; its slot is its name unless another is given."""
        self.rows["clusterer"][name] = {
            "clusterer_key": key("clusterer", name),
            "name": name,
            "kind": name,
            "params": "{}",
            "k_source": "labels",
            "k": None,
            "knows_k": True,
            "standardise": "none",
            "dimension_correction": False,
            "tags": [],
            "slot": slot or name,
        }

    def embedding(self, encoder: str, dataset: str, **changes: Any) -> str:
        """Record an embedding and return its key."""
        embedding_key = key("embedding", encoder, dataset)
        self.rows["embedding"][embedding_key] = {
            "embedding_key": embedding_key,
            "encoder_key": key("encoder", encoder),
            "dataset_key": key("dataset", dataset),
            "transform": "{}",
            "precision": "float32",
            "n": self.rows["dataset"][dataset]["n_samples"],
            "dim": 768,
            "uri": f"embedding/{embedding_key}.npy",
            "sha256": key("file", embedding_key),
            "wall_s": 10.0,
            "images_per_s": 100.0,
            "threads": 2,
            "device": "cpu",
            "host": "host-a",
            "versions": VERSIONS,
            "created_at": START,
            "cpu_energy_j": None,
            "gpu_energy_j": None,
            **changes,
        }
        return embedding_key

    def unreadable(
        self, encoder: str, dataset: str, samples: Mapping[int, str]
    ) -> None:
        """Take samples, each with its reason, out of an embedding."""
        embedding_key = key("embedding", encoder, dataset)
        self.rows["embedding"][embedding_key]["n"] -= len(samples)
        for index, reason in samples.items():
            self.rows["unreadable_sample"][f"{embedding_key}|{index}"] = {
                "embedding_key": embedding_key,
                "sample_index": index,
                "reason": reason,
            }

    def probe(
        self,
        encoder: str,
        train: str,
        test: str,
        scores: Mapping[str, float | None],
        *,
        method: str = "knn",
        reason: str = "cannot be probed",
        **params: Any,
    ) -> str:
        """Record a probe with its scores, and return its key."""
        text = json.dumps(params)
        probe_key = key("probe", encoder, train, test, method, text)
        self.rows["probe"][probe_key] = {
            "probe_key": probe_key,
            "train_embedding_key": key("embedding", encoder, train),
            "test_embedding_key": key("embedding", encoder, test),
            "level": self._levels[test],
            "method": method,
            "params": text,
            "wall_s": 0.5,
        }
        for metric, value in scores.items():
            self.rows["probe_score"][f"{probe_key}|{metric}"] = {
                "probe_key": probe_key,
                "metric": metric,
                "value": value,
                "reason": reason if value is None else None,
            }
        return probe_key

    def reduction(
        self, encoder: str, dataset: str, reducer: str, seed: int | None = 1
    ) -> str:
        """Record a reduction and return its key."""
        reduction_key = key("reduction", encoder, dataset, reducer, seed)
        self.rows["reduction"][reduction_key] = {
            "reduction_key": reduction_key,
            "embedding_key": key("embedding", encoder, dataset),
            "reducer_key": key("reducer", reducer),
            "seed": seed,
            "dtype": "float32",
            "n": self.rows["dataset"][dataset]["n_samples"],
            "dim": 50,
            "uri": f"reduction/{reduction_key}.npy",
            "sha256": key("file", reduction_key),
            "wall_s": 5.0,
            "threads": 1,
            "device": "cpu",
            "host": "host-a",
            "versions": VERSIONS,
            "created_at": START,
        }
        return reduction_key

    def projection(
        self,
        encoder: str,
        dataset: str,
        points: Sequence[tuple[float | None, float | None]],
        *,
        reducer: str = "umap-2",
        seed: int | None = 1,
    ) -> str:
        """Record a two-dimensional reduction with its coordinates."""
        reduction_key = self.reduction(encoder, dataset, reducer, seed)
        self.rows["projection"][reduction_key] = {
            "reduction_key": reduction_key,
            "x": [x for x, _ in points],
            "y": [y for _, y in points],
        }
        return reduction_key

    def cell(
        self,
        encoder: str,
        dataset: str,
        reducer: str,
        clusterer: str,
        seed: int = 1,
        *,
        level: str | None = None,
    ) -> str:
        """Declare a cell, at the target level unless told, and return its key."""
        level = level or self._levels[dataset]
        cell_key = key("cell", encoder, dataset, reducer, clusterer, seed, level)
        self.rows["cell"][cell_key] = {
            "cell_key": cell_key,
            "encoder_key": key("encoder", encoder),
            "dataset_key": key("dataset", dataset),
            "subset": "all",
            "level": level,
            "embedding_key": key("embedding", encoder, dataset),
            "reducer_key": key("reducer", reducer),
            "reduction_key": key("reduction", encoder, dataset, reducer, seed),
            "clusterer_key": key("clusterer", clusterer),
            "seed": seed,
            "dtype": "float32",
        }
        return cell_key

    def run(
        self,
        cell_key: str,
        scores: Mapping[str, float | None] | None = None,
        *,
        status: str = "done",
        reason: str | None = None,
        labels: Sequence[int | None] | None = None,
        shard: int = 1,
        minute: int = 0,
    ) -> str:
        """Record an attempt at a cell, with scores by column of the view ``result``."""
        self._count += 1
        run_key = key("run", self._count)
        self.rows["run"][run_key] = {
            "run_key": run_key,
            "cell_key": cell_key,
            "status": status,
            "reason": None if status == "done" else reason or f"it was {status}",
            "n_clusters": None if labels is None else len({*labels} - {-1, None}),
            "n_noise": None if labels is None else list(labels).count(-1),
            "wall_s": 1.0,
            "peak_bytes": 1_000_000,
            "threads": 1,
            "device": "cpu",
            "host": "host-a",
            "versions": VERSIONS,
            "started_at": START + timedelta(minutes=minute),
            "shard_seq": shard,
        }
        if labels is not None:
            self.rows["assignment"][run_key] = {
                "run_key": run_key,
                "labels": list(labels),
            }
        level = self.rows["cell"][cell_key]["level"]
        for name, value in (scores or {}).items():
            metric, space, subset = SCORES[name]
            self.rows["score"][f"{run_key}|{name}"] = {
                "run_key": run_key,
                "metric": metric,
                "space": space,
                "subset": subset,
                "level": level if space == "labels" else "",
                "value": value,
                "reason": "undefined" if value is None else None,
            }
        return run_key

    def level_score(
        self, run_key: str, level: str, value: float | None, metric: str = "ami"
    ) -> None:
        """Record a score of a run against the labels of one level."""
        self.rows["score"][f"{run_key}|{level}|{metric}"] = {
            "run_key": run_key,
            "metric": metric,
            "space": "labels",
            "subset": "all",
            "level": level,
            "value": value,
            "reason": "undefined" if value is None else None,
        }

    def array_score(
        self, array_key: str, metric: str, value: float | None, level: str = "class"
    ) -> None:
        """Record a score of the true labels on an array."""
        self.rows["array_score"][f"{array_key}|{level}|{metric}"] = {
            "array_key": array_key,
            "level": level,
            "metric": metric,
            "value": value,
            "reason": "undefined" if value is None else None,
        }

    def grid(
        self, name: str, cells: Iterable[str], *, day: int = 0, toml: str = ""
    ) -> str:
        """Declare a grid, on a day counted from `START`."""
        grid_key = key("grid", name, day)
        self.rows["grid"][grid_key] = {
            "grid_key": grid_key,
            "name": name,
            "toml": toml or f"name = '{name}'\n",
            "source": "grid.toml",
            "declared_at": START + timedelta(days=day),
        }
        for cell_key in cells:
            self.rows["grid_cell"][f"{grid_key}|{cell_key}"] = {
                "grid_key": grid_key,
                "cell_key": cell_key,
            }
        return grid_key

    def task(
        self,
        stage: str,
        subject_key: str,
        wall_s: float | None,
        *,
        status: str = "done",
        subject: str | None = None,
        peak_bytes: int | None = None,
        cpu_energy_j: float | None = None,
    ) -> None:
        """Record the execution of a stage task."""
        self._count += 1
        task_id = key("task", self._count)
        self.rows["task"][task_id] = {
            "task_id": task_id,
            "ingest_id": key("ingest"),
            "stage": stage,
            "subject": subject or stage,
            "subject_key": subject_key,
            "status": status,
            "reason": None if status == "done" else f"it was {status}",
            "wall_s": wall_s,
            "peak_bytes": peak_bytes,
            "threads": 1,
            "host": "host-a",
            "started_at": START,
            "cpu_energy_j": cpu_energy_j,
        }

    def fill(self, connection: Any) -> None:
        """Write all rows through an open connection."""
        for table, rows in self.rows.items():
            first = next(iter(rows.values()), None)
            if first is None:
                continue
            names = ", ".join(first)
            marks = ", ".join("?" for _ in first)
            connection.executemany(
                f"insert into {table} ({names}) values ({marks})",
                [list(row.values()) for row in rows.values()],
            )
