from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.probes.made import N_CLASSES, groups, probe, value
from zsc_wh.errors import DataError
from zsc_wh.fields import REQUIRED, complete
from zsc_wh.probes import METHODS, Labelled
from zsc_wh.sizes import Shape

if TYPE_CHECKING:
    from pathlib import Path

GIVEN: dict[str, dict[str, Any]] = {
    "knn": {"k": [5, 1]},
    "linear": {"epochs": 5},
}
UNBOUNDED = {"cross_entropy", "learning_rate"}
kinds = pytest.mark.parametrize("kind", METHODS)


def params(kind: str) -> dict[str, Any]:
    """Return all parameters that this suite uses."""
    return complete(METHODS[kind].fields, GIVEN[kind])


def mapped(data: Labelled, path: Path) -> Labelled:
    """Return the same with features that are mapped from a file, read-only."""
    np.save(path, data.X)
    return Labelled(np.load(path, mmap_mode="r"), data.y)


def with_unlabelled(data: Labelled) -> Labelled:
    """Return the same with samples of far features and no label in between."""
    places = np.arange(0, len(data.y), 2)
    far = groups(len(places), 7, noise=9)
    X = np.insert(data.X, places, far.X, axis=0)
    return Labelled(X, np.insert(data.y, places, -1))


def test_every_kind_is_tried() -> None:
    """The parameters of this suite cover the registry."""
    assert set(GIVEN) == set(METHODS)
    assert all(method.name == kind for kind, method in METHODS.items())


@kinds
def test_defaults_are_allowed_values(kind: str) -> None:
    """Each passes its own check, and all pass together."""
    method = METHODS[kind]
    for field in method.fields.values():
        assert field.default is not REQUIRED
        assert field.problem(field.default) is None
    assert method.fault(complete(method.fields, {})) is None


@kinds
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_input_gives_the_same_rows(
    kind: str, dtype: str, tmp_path: Path
) -> None:
    """Better than chance; from memory and from a file alike, which is not changed."""
    train, test = groups(200, 1, dtype=dtype), groups(80, 2, dtype=dtype)
    before = train.X.copy(), test.X.copy()
    first = probe(kind, train, test, **GIVEN[kind])
    files = mapped(train, tmp_path / "a.npy"), mapped(test, tmp_path / "b.npy")
    assert probe(kind, *files, **GIVEN[kind]) == first
    assert [row.params for row in first] == METHODS[kind].rows(params(kind))
    assert all(tuple(row.scores) == METHODS[kind].metrics for row in first)
    assert all(value(row, "accuracy") > 0.5 for row in first)
    np.testing.assert_array_equal(train.X, before[0])
    np.testing.assert_array_equal(test.X, before[1])


@kinds
def test_scores_are_plain_numbers_in_range(kind: str) -> None:
    """Shares lie between 0 and 1, the others are not negative; rows are JSON."""
    for row in probe(kind, groups(200, 1), groups(80, 2), **GIVEN[kind]):
        assert json.loads(json.dumps(row.params)) == row.params
        for metric, score in row.scores.items():
            assert type(score.value) is float
            assert score.reason is None
            assert 0 <= score.value <= (np.inf if metric in UNBOUNDED else 1)


@kinds
def test_samples_without_a_label_are_left_out(kind: str) -> None:
    """They change nothing, on either side."""
    train, test = groups(120, 1), groups(80, 2)
    given = GIVEN[kind] | ({"selection": "test"} if kind == "linear" else {})
    found = probe(kind, with_unlabelled(train), with_unlabelled(test), **given)
    assert found == probe(kind, train, test, **given)


@kinds
def test_classes_that_do_not_meet_cannot_be_probed(kind: str) -> None:
    """Every score of every row is the reason, as for a probe that was not run."""
    train, test = groups(50, 1), groups(40, 2)
    apart = Labelled(test.X, test.y + N_CLASSES)
    found = probe(kind, train, apart, 2 * N_CLASSES, **GIVEN[kind])
    reason = "cannot be probed: none of 6 test classes occurs in train"
    assert found == METHODS[kind].unscored(params(kind), reason)
    assert {score.reason for row in found for score in row.scores.values()} == {reason}
    assert all(tuple(row.scores) == METHODS[kind].metrics for row in found)


@kinds
def test_a_class_more_in_test_than_in_train_counts_as_wrong(kind: str) -> None:
    """Numbers of classes may exceed those of train."""
    train, test = groups(200, 1, noise=0.1), groups(80, 2, noise=0.1)
    known = Labelled(train.X[train.y < 3], train.y[train.y < 3])
    for row in probe(kind, known, test, **GIVEN[kind]):
        assert value(row, "accuracy") == (test.y < 3).mean()


@kinds
@pytest.mark.parametrize(
    ("y", "n_classes", "text"),
    [
        (np.zeros(49, dtype=int), 6, "must be 50 integers"),
        (np.zeros(50), 6, "not float64"),
        (np.full(50, 6), 6, "between -1 and 5, not 6 and 6"),
        (np.full(50, -2), 6, "not -2 and -2"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    kind: str, y: Any, n_classes: int, text: str
) -> None:
    """One integer a sample, below the size of the union."""
    train, test = groups(50, 1), groups(50, 2)
    with pytest.raises(DataError, match=text):
        probe(kind, train, Labelled(test.X, y), n_classes, **GIVEN[kind])


@kinds
def test_features_of_two_widths_are_refused(kind: str) -> None:
    """They cannot be of one encoder."""
    train, test = groups(50, 1), groups(50, 2)
    narrow = Labelled(test.X[:, :5], test.y)
    with pytest.raises(DataError, match="train has 8 features, test has 5") as caught:
        probe(kind, train, narrow, **GIVEN[kind])
    assert "declare a smaller image_size" in caught.value.hint


@kinds
@pytest.mark.parametrize("side", [0, 1])
def test_features_that_are_not_finite_are_refused(kind: str, side: int) -> None:
    """The error names the sample."""
    both = groups(50, 1), groups(50, 2)
    both[side].X[4, 2] = np.nan
    with pytest.raises(DataError, match="sample 4"):
        probe(kind, *both, **GIVEN[kind])


@kinds
def test_progress_ends_at_all(kind: str) -> None:
    """Steps done rise to the number of all steps."""
    steps: list[tuple[int, int]] = []
    METHODS[kind].run(
        groups(50, 1),
        groups(40, 2),
        N_CLASSES,
        params(kind),
        0,
        lambda done, every: steps.append((done, every)),
    )
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] > 0


@kinds
@pytest.mark.parametrize("name", ["peak_bytes", "seconds"])
def test_forecast_is_positive_and_grows(kind: str, name: str) -> None:
    """More samples, features or classes never cost less; the input is counted."""
    forecast, asked = getattr(METHODS[kind], name), params(kind)
    cost = forecast(Shape(500, 300, 10, 1000), asked)
    assert cost > 0
    assert forecast(Shape(500, 300, 10, 50_000), asked) > cost
    assert forecast(Shape(50_000, 300, 10, 1000), asked) > cost
    assert forecast(Shape(500, 2000, 10, 1000), asked) > cost
    assert forecast(Shape(500, 300, 1000, 1000), asked) > cost
    if name == "peak_bytes":
        assert type(cost) is int
        assert forecast(Shape(10_000, 300, 10, 50_000), asked) > 8 * 60_000 * 300


def test_importing_the_registry_is_light() -> None:
    """A plan needs neither scikit-learn nor torch nor SciPy."""
    heavy = ("sklearn", "torch", "scipy")
    code = (
        "import sys, zsc_wh.probes\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
