"""The whole path of stored features of extreme magnitude, through the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zsc_wh

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

EXPONENTS = {"near": 0, "small": -100, "tiny": -125, "large": 63, "huge": 120}
SCORES = (
    "ami",
    "silhouette",
    "silhouette_original",
    "calinski_harabasz",
    "davies_bouldin",
)
GRID = f"""
name = "magnitude"
scores = [{", ".join(f'"{name}"' for name in SCORES)}]

[dataset.blobs]
loader = {{ kind = "embeddings", path = "blobs.npz", labels = "y_true" }}

[clusterer.foreign]
kind = "python"
estimator = "sklearn.cluster.KMeans"
k_param = "n_clusters"

[clusterer.density]
kind = "hdbscan"
max_cluster_fraction = 0.5

[clusterer.threshold]
kind = "agglomerative"
distance_threshold = 5.0

[[cross]]
datasets = ["blobs"]
encoders = ["mixed", {", ".join(f'"{name}"' for name in EXPONENTS)}]
reducers = ["none", "pca-0.85"]
clusterers = ["kmeans", "affinity", "density", "ac-known", "foreign", "threshold"]
"""


@pytest.fixture(scope="module")
def warehouse(
    tmp_path_factory: pytest.TempPathFactory, module_grid: tuple[object, Command]
) -> Path:
    """Return a warehouse of one grid over the same features in many sizes."""
    _, zscwh = module_grid
    folder = tmp_path_factory.mktemp("magnitude")
    rng = np.random.default_rng(0)
    y_true = np.repeat(np.arange(4), 30)
    centres = rng.normal(scale=4, size=(4, 6))
    X = (centres[y_true] + rng.normal(size=(120, 6))).astype(np.float32)
    np.savez(folder / "blobs.npz", embeddings=X, y_true=y_true)
    for name, exponent in EXPONENTS.items():
        np.save(folder / f"{name}.npy", np.ldexp(X, exponent))
    np.save(folder / "mixed.npy", np.insert(X, 2, 1e30, axis=1))
    encoders = (
        f'[encoder.{name}]\nloader = {{ kind = "embeddings", path = "{name}.npy" }}\n'
        for name in ("mixed", *EXPONENTS)
    )
    (folder / "grid.toml").write_text(GRID + "".join(encoders))
    path = folder / "zscwh.duckdb"
    zscwh("--warehouse", path, "ingest", folder / "grid.toml")
    return path


def cells(warehouse: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the scores of every cell, by encoder, reducer and clusterer."""
    db = zsc_wh.open(warehouse)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in db.sql(
        "select encoder, reducer, clusterer, metric || ' ' || space as metric, value "
        "from score join run using (run_key) join named_cell using (cell_key)"
    ).to_dicts():
        key = row["encoder"], row["reducer"], row["clusterer"]
        found.setdefault(key, {})[row["metric"]] = row["value"]
    return found


def test_scores_are_those_of_features_near_one(warehouse: Path) -> None:
    """Every cell that has clusters has the scores of the cell of `near`."""
    found = cells(warehouse)
    assert len(found) == 67
    for (encoder, reducer, clusterer), scores in found.items():
        if (reducer, clusterer) == ("none", "threshold") and encoder not in (
            "near",
            "mixed",
        ):
            continue  # a distance of 5 is not in the unit of these features
        near = found["near", reducer, clusterer]
        assert scores == pytest.approx(near, rel=1e-4), (encoder, reducer, clusterer)
        assert None not in near.values()


def test_what_is_not_comparable_has_a_reason(warehouse: Path) -> None:
    """A threshold in another unit is named, and what foreign code cannot square."""
    rows = zsc_wh.open(warehouse).sql(
        "select encoder, clusterer, reason from run join named_cell using (cell_key) "
        "where reason is not null"
    )
    reasons = {(encoder, clusterer): why for encoder, clusterer, why in rows.rows()}
    far = EXPONENTS.keys() - {"near"}
    assert reasons.keys() == {
        *((encoder, "threshold") for encoder in far),
        *((encoder, "foreign") for encoder in (*far, "mixed")),
    }
    for (encoder, clusterer), reason in reasons.items():
        small = EXPONENTS.get(encoder, 100) < 0
        if clusterer == "threshold":
            expected = (
                "exceeds the largest" if small else "does not exceed the smallest"
            )
        else:
            expected = f"too {'small' if small else 'large'} for code that squares"
        assert expected in reason
