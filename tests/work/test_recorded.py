"""What the rows of a task record beside its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from zsc_wh import clusterers
from zsc_wh.clusterers import Clustering
from zsc_wh.engine.worker import execute
from zsc_wh.store import Store
from zsc_wh.work.cluster import ClusterTask
from zsc_wh.work.provenance import Measurement
from zsc_wh.work.readable import spread

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

TASK = ClusterTask(
    cell_key="c" * 64,
    array_key="a" * 64,
    missing=(0, 3),
    kind="kmeans",
    params={},
    n_clusters=2,
    seed=0,
    standardise="none",
    dimension_correction=False,
    dtype="float32",
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with three rows of features."""
    store = Store(tmp_path / "store")
    store.put(TASK.array_key, np.eye(3, dtype=np.float32), lambda _: {})
    return store


@pytest.fixture
def working(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a clustering take 50 microjoules."""

    class _Method:
        @staticmethod
        def fit(*_: Any, **__: Any) -> Clustering:
            (package / "energy_uj").write_text("950\n")
            return Clustering(np.array([0, 1, -1], dtype=np.int32))

    monkeypatch.setattr(clusterers, "METHODS", {"kmeans": _Method})


@pytest.mark.usefixtures("working")
def test_a_run_and_its_task_record_their_energy(store: Store) -> None:
    """The joules of the processors stand in the run and in the task."""
    outcome = execute(TASK, store, lambda _done, _total: None)
    (run,) = outcome.rows["run"]
    assert run["cpu_energy_j"] == pytest.approx(50e-6)
    assert run["gpu_energy_j"] is None
    assert outcome.cpu_energy_j == pytest.approx(50e-6)


@pytest.mark.usefixtures("working")
def test_an_assignment_has_null_where_a_sample_is_missing(store: Store) -> None:
    """Clusters keep the sample order of the whole dataset."""
    outcome = execute(TASK, store, lambda _done, _total: None)
    (assignment,) = outcome.rows["assignment"]
    assert assignment["labels"] == [None, 0, 1, None, -1]


def test_spreading_nothing_changes_nothing() -> None:
    """Without a missing sample the list is as it was."""
    assert spread([1, 2], missing=()) == [1, 2]


def test_parts_of_a_task_share_its_time_and_energy() -> None:
    """Each has its own seconds and its share of the rest; together they are all."""
    measured = Measurement()
    measured.wall_s, measured.cpu_energy_j, measured.gpu_energy_j = 10.0, 50.0, None
    first, second = measured.shares([1.0, 5.0])
    assert (first["wall_s"], second["wall_s"]) == (3.0, 7.0)
    assert first["cpu_energy_j"] + second["cpu_energy_j"] == 50.0
    assert first["gpu_energy_j"] is None
    assert measured.shares([]) == []
