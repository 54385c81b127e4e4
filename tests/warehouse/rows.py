"""Made-up rows that satisfy every rule of the warehouse, for tests of the loader."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LABELS = [0, 0, 1, 1, -1, 2]
"""Assignment of every made-up run: three clusters and one sample of noise."""

KINDS = ("encoder", "dataset", "reducer", "clusterer")
"""What has a name that may come to mean something else."""

N_SAMPLES = 6
"""Samples of every made-up dataset."""

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
"""When everything was declared and made."""

Rows = Mapping[str, list[dict[str, Any]]]


def key(*parts: object) -> str:
    """Return a stable key of 64 hexadecimal digits."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def declared(*cells: str, name: str = "made") -> dict[str, list[dict[str, Any]]]:
    """Return one row of each declaration, and the cells called `cells`.

    All things have the name `name`, and a grid of that name wants the cells.
    """
    keys = {kind: key(kind, name) for kind in (*KINDS, "embedding", "label", "grid")}
    digests = [key("sample", name, index) for index in range(N_SAMPLES)]
    content = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    made = {"host": "here", "versions": "{}", "threads": 1, "device": "cpu"}
    array = {
        "n": N_SAMPLES,
        "uri": "x.npy",
        "sha256": key("file"),
        "wall_s": 1.5,
    } | made
    return {
        **_named(name),
        "encoder": [{"encoder_key": keys["encoder"], "loader": '{"kind": "timm"}'}],
        "dataset": [
            {
                "dataset_key": keys["dataset"],
                "n_samples": N_SAMPLES,
                "content_sha256": content,
                "sample_sha256": digests,
                "facts": "{}",
            }
        ],
        "label": [
            {
                "label_key": keys["label"],
                "n_classes": 2,
                "imbalance": 1.5,
                "class_names": ["a", "b"],
                "class_index": [0, 0, 1, 1, None, 0],
            }
        ],
        "label_level": [
            {
                "labelling_key": key("labelling", name),
                "level": "class",
                "depth": 0,
                "is_target": True,
                "label_key": keys["label"],
            }
        ],
        "listing": [
            {
                "listing_key": key("listing", name),
                "sample_ids": [f"{index}.png" for index in range(N_SAMPLES)],
            }
        ],
        "reducer": [{"reducer_key": keys["reducer"], "kind": "none", "params": "{}"}],
        "clusterer": [
            {
                "clusterer_key": keys["clusterer"],
                "kind": "hdbscan",
                "params": "{}",
                "standardise": "none",
                "dimension_correction": False,
            }
        ],
        "embedding": [
            {
                "embedding_key": keys["embedding"],
                "encoder_key": keys["encoder"],
                "dataset_key": keys["dataset"],
                "transform": "{}",
                "precision": "float32",
                "dim": 4,
                "content_sha256": content,
                "weights_sha256": key("weights"),
                "created_at": NOW,
            }
            | array
        ],
        "cell": [
            {
                "cell_key": key("cell", cell),
                "encoder_key": keys["encoder"],
                "dataset_key": keys["dataset"],
                "subset": "all",
                "embedding_key": keys["embedding"],
                "reducer_key": keys["reducer"],
                "reduction_key": keys["embedding"],
                "clusterer_key": keys["clusterer"],
                "seed": 0,
                "dtype": "float32",
            }
            for cell in cells
        ],
        "grid_cell": [
            {"grid_key": keys["grid"], "cell_key": key("cell", cell), "level": "class"}
            | dict.fromkeys(KINDS, name)
            for cell in cells
        ],
    }


def _named(name: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the name means, of each kind, and the grid that uses it."""
    meanings = {kind: key(kind, name) for kind in KINDS}
    grid = key("grid", name)
    tables: dict[str, list[dict[str, Any]]] = {
        f"{kind}_name": [
            {"name": name, "title": name, "tags": ["study"], "declared_at": NOW}
            | {f"{kind}_key": meaning, "meaning": meaning}
        ]
        for kind, meaning in meanings.items()
    }
    tables["encoder_name"][0] |= {"family": "ssl", "fine_tuned": False, "loader": "{}"}
    tables["dataset_name"][0] |= {
        "labelling_key": key("labelling", name),
        "listing_key": key("listing", name),
        "loader": "{}",
    }
    tables["clusterer_name"][0] |= {"k_source": "estimated", "slot": name}
    tables["grid"] = [
        {"grid_key": grid, "name": name, "toml": "", "source": "", "declared_at": NOW}
    ]
    tables["grid_name"] = [
        {
            "grid_key": grid,
            "kind": kind,
            "name": name,
            "dataset": name if kind == "encoder" else "",
            "meaning": meaning,
        }
        for kind, meaning in meanings.items()
    ]
    return tables


def finished(
    cell: str, attempt: int = 0, name: str = "made"
) -> dict[str, list[dict[str, Any]]]:
    """Return one attempt at a cell of `name`, with its assignment and two scores."""
    run = key("run", cell, attempt)
    score = {"run_key": run, "subset": "all", "label_key": ""}
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
            | {"metric": "ami", "space": "labels", "value": 0.5}
            | {"label_key": key("label", name)},
            score
            | {"metric": "silhouette", "space": "reduced", "value": None}
            | {"reason": "too few clusters"},
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
    attempts = (finished(cell, name=name) for cell in cells)
    return joined(declared(*cells, name=name), *attempts)


N_DECLARED = 17
"""Rows of `declared` without the cells: 8 of things, 4 of names, 5 of a grid."""

N_CELL = 2
"""Rows of a cell: itself, and that a grid wants it."""

N_FINISHED = 4
"""Rows of `finished`: a run, an assignment and two scores."""
