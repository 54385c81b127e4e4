"""A made-up warehouse: rows gathered by table in plain words, then written at once.

Used by the tests of queries and of reports, which need results of every kind (missing,
failed, tied, unlabelled) without computing any.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.queries.declared import KINDS, LOOSE, START, Cell, Declared, key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["LOOSE", "START", "Cell", "Made", "key"]

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


class Made(Declared):
    """What was declared, and what came of it: arrays, runs, scores, probes, tasks."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def embedding(self, encoder: str, dataset: str, **changes: Any) -> str:
        """Record an embedding and return its key."""
        embedding_key = self._embedding(encoder, dataset)
        images = self._now["dataset"][dataset]
        self.rows["embedding"][embedding_key] = {
            "embedding_key": embedding_key,
            "encoder_key": self._now["encoder"][encoder].key,
            "dataset_key": images.key,
            "transform": "{}",
            "precision": "float32",
            "n": self.rows["dataset"][images.content]["n_samples"],
            "dim": 768,
            "uri": f"embedding/{embedding_key}.npy",
            "sha256": key("file", embedding_key),
            "content_sha256": self.rows["dataset"][images.content]["content_sha256"],
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
        embedding_key = self._embedding(encoder, dataset)
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
        """Record a probe with its scores, and return its key.

        It predicts the target level; a dataset without a train set gets this one.
        """
        text = json.dumps(params)
        judged, references = (self._now["dataset"][name] for name in (test, train))
        for row in self.rows["dataset_name"].values():
            if (row["name"], row["meaning"]) == (test, judged.meaning):
                row["train"] = row["train"] or train
        level = self._label_row(judged.labelling, None)
        assert level is not None
        known = self._label_row(references.labelling, level["level"])
        labels = (known and known["label_key"], level["label_key"])
        embeddings = (self._embedding(encoder, train), self._embedding(encoder, test))
        if any(value is not None for value in scores.values()):
            for embedding_key, name in zip(embeddings, (train, test), strict=True):
                if embedding_key not in self.rows["embedding"]:
                    self.embedding(encoder, name)
        probe_key = key("probe", *embeddings, *labels, method, text)
        self.rows["probe"][probe_key] = {
            "probe_key": probe_key,
            "train_embedding_key": embeddings[0],
            "test_embedding_key": embeddings[1],
            "train_label_key": labels[0],
            "label_key": labels[1],
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
        now = [
            self._now[kind][name]
            for kind, name in zip(KINDS, (encoder, dataset, reducer), strict=False)
        ]
        reduction_key = key("reduction", *(thing.content for thing in now), seed)
        self.rows["reduction"][reduction_key] = {
            "reduction_key": reduction_key,
            "embedding_key": self._embedding(encoder, dataset),
            "reducer_key": now[2].key,
            "seed": seed,
            "dtype": "float32",
            "n": self.rows["dataset"][now[1].content]["n_samples"],
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
        """Record an attempt at a cell, with scores by column of the view ``result``.

        Those against labels are against the labels that the cell was declared with.
        """
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
        cell = cell_key if isinstance(cell_key, Cell) else self._cells[cell_key]
        for name, value in (scores or {}).items():
            metric, space, subset = SCORES[name]
            self.rows["score"][f"{run_key}|{name}"] = {
                "run_key": run_key,
                "metric": metric,
                "space": space,
                "subset": subset,
                "label_key": cell.label_key if space == "labels" else "",
                "value": value,
                "reason": "undefined" if value is None else None,
            }
        return run_key

    def level_score(
        self, run_key: str, level: str, value: float | None, metric: str = "ami"
    ) -> None:
        """Record a score of a run against the labels of one level."""
        cell = self._cells[self.rows["run"][run_key]["cell_key"]]
        labels = self._label_row(cell.labelling, level)
        assert labels is not None
        self.rows["score"][f"{run_key}|{labels['label_key']}|{metric}"] = {
            "run_key": run_key,
            "metric": metric,
            "space": "labels",
            "subset": "all",
            "label_key": labels["label_key"],
            "value": value,
            "reason": "undefined" if value is None else None,
        }

    def array_score(
        self, array_key: str, metric: str, value: float | None, level: str = "class"
    ) -> None:
        """Record a score of the true labels on an array."""
        reduction = self.rows["reduction"].get(array_key, {})
        embedding = self.rows["embedding"][reduction.get("embedding_key", array_key)]
        labelling = next(
            now.labelling
            for now in self._now["dataset"].values()
            if now.key == embedding["dataset_key"]
        )
        labels = self._label_row(labelling, level)
        assert labels is not None
        self.rows["array_score"][f"{array_key}|{labels['label_key']}|{metric}"] = {
            "array_key": array_key,
            "label_key": labels["label_key"],
            "metric": metric,
            "value": value,
            "reason": "undefined" if value is None else None,
        }

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

    def _embedding(self, encoder: str, dataset: str) -> str:
        """Return the key of what an encoder makes of a dataset, as both are now."""
        contents = (
            self._now["encoder"][encoder].content,
            self._now["dataset"][dataset].content,
        )
        return key("embedding", *contents)
