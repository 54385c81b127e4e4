from __future__ import annotations

import warnings
from typing import Any

import pytest
from sklearn.cluster import Birch, KMeans

from zsc_wh.errors import ComputeError, ConfigError, NotApplicableError
from zsc_wh.estimators import can, make, running

HERE = "tests.test_estimators"


def anything(**given: Any) -> dict[str, Any]:
    """Return what is given; a function whose parameters have no names."""
    return given


def seeded(random_state: int = 0, **given: Any) -> dict[str, Any]:
    """Return what is given, the seed too."""
    return {"random_state": random_state, **given}


def failing(size: int) -> None:
    """Fail as foreign code may."""
    raise KeyError(size)


INSTANCE = KMeans()


@pytest.mark.parametrize(
    ("given", "state"), [({}, 7), ({"random_state": 3}, 3)], ids=["unset", "set"]
)
def test_the_seed_goes_to_random_state(given: dict[str, Any], state: int) -> None:
    """Unless the declaration sets that parameter itself."""
    made = make("sklearn.cluster.KMeans", "clusterer", {"n_clusters": 3, **given}, 7)
    assert type(made) is KMeans
    assert (made.random_state, made.n_clusters) == (state, 3)


def test_an_estimator_without_random_state_gets_no_seed() -> None:
    """It draws nothing."""
    made = make("sklearn.cluster.Birch", "clusterer", {"threshold": 0.3}, 7)
    assert type(made) is Birch
    assert made.threshold == 0.3


@pytest.mark.parametrize(
    ("name", "made"),
    [("anything", {"x": 1}), ("seeded", {"x": 1, "random_state": 5})],
)
def test_a_function_can_make_the_estimator(name: str, made: dict[str, Any]) -> None:
    """Any parameter goes where its names are open, the seed where it is named."""
    assert make(f"{HERE}:{name}", "reducer", {"x": 1}, 5) == made


@pytest.mark.parametrize("name", ["n_cluster", "weights"])
def test_unknown_parameters_are_named_and_the_known_listed(name: str) -> None:
    """The error says which are known, and the nearest one."""
    with pytest.raises(ConfigError, match=f"no parameter '{name}'") as caught:
        make("sklearn.cluster.KMeans", "clusterer", {name: 3}, 0)
    assert caught.value.where == "clusterer sklearn.cluster.KMeans"
    assert caught.value.hint.startswith("Known parameters: n_clusters, init, n_init")
    assert ("'n_clusters'?" in caught.value.what) is (name == "n_cluster")


@pytest.mark.parametrize("name", ["INSTANCE", "HERE"])
def test_what_is_not_made_by_a_call_is_refused(name: str) -> None:
    """An object that exists already would keep what it learnt."""
    with pytest.raises(ConfigError, match="does not tell its parameters") as caught:
        make(f"{HERE}:{name}", "reducer", {}, 0)
    assert "Name a class, or a function" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"size": 3}, f"{HERE}:failing failed with KeyError: 3"),
        ({}, f"{HERE}:failing failed with TypeError: .*missing"),
    ],
)
def test_a_failing_constructor_is_named(given: dict[str, Any], text: str) -> None:
    """Whatever it raises, a parameter that is missing included."""
    with pytest.raises(ComputeError, match=text):
        make(f"{HERE}:failing", "reducer", given, 0)


@pytest.mark.parametrize(
    "error",
    [ValueError("bad\n input"), KeyError("bad input"), ImportError("bad input")],
    ids=repr,
)
def test_any_error_of_foreign_code_is_ours(error: Exception) -> None:
    """With its class and text in one line, and its cause."""
    with pytest.raises(ComputeError, match=r"theirs failed with .*bad input") as caught:
        _raise(error)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [MemoryError(), NotApplicableError("too small")], ids=repr
)
def test_lack_of_memory_and_our_own_errors_pass(error: Exception) -> None:
    """Whoever runs the task tells them apart."""
    with pytest.raises(type(error)) as caught:
        _raise(error)
    assert caught.value is error


def test_warnings_of_foreign_code_are_kept() -> None:
    """They come out as notes."""
    with running("theirs") as notes:
        warnings.warn("slow", stacklevel=1)
    assert notes == ["UserWarning: slow"]


def test_can_asks_for_every_method() -> None:
    """All of them, and they must be callable."""
    assert can(KMeans(), "fit", "predict")
    assert not can(KMeans(), "fit", "fit_resample")
    assert not can(KMeans(), "n_clusters")


def _raise(error: Exception) -> None:
    with running("theirs"):
        raise error
