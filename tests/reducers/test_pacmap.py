from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import faiss
import numba
import numpy as np
import pytest

from tests.reducers.made import features, params
from zsc_wh.errors import ComputeError, NotApplicableError
from zsc_wh.reducers.pacmap import PACMAP, _pairs
from zsc_wh.scaling import unit_rows, zscore

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first import on a machine compiles for a dozen seconds.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library() -> Any:
    """Return the class of the library."""
    import pacmap

    return pacmap.PaCMAP


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let the library itself run in one thread, which is faster here, and not log."""
    caplog.set_level(logging.CRITICAL, logger="pacmap")
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pacmap_is_that_of_the_library(library: Any, dtype: str) -> None:
    """The settings of the study give the array of the library, bit for bit."""
    X = features(dtype, 70, 60)
    expected = library(
        n_components=50,
        n_neighbors=None,
        distance="euclidean",
        apply_pca=False,
        random_state=1,
    ).fit_transform(X, init="pca")
    reduced = PACMAP.fit(X, params("pacmap"), 1)
    np.testing.assert_array_equal(reduced.array, expected)
    assert reduced.array.dtype == np.float32
    assert reduced.array.flags.c_contiguous
    assert reduced.notes == ()


@pytest.mark.parametrize(
    "given",
    [
        {"n_neighbors": 5, "MN_ratio": 1.0, "FP_ratio": 3.0},
        {"lr": 0.5, "num_iters": [7, 5, 3]},
        {"apply_pca": True},
        {"init": "random"},
    ],
    ids=str,
)
def test_every_parameter_reaches_the_library(
    library: Any, given: dict[str, Any]
) -> None:
    """What is declared is what is computed."""
    X = features("float32", 150, 130)
    short = {"n_components": 2, "num_iters": [5, 5, 5], **given}
    start = {"init": short.get("init", "pca")}
    own = {k: v for k, v in short.items() if k != "init"}
    oracle = library(**{"n_neighbors": None, "apply_pca": False, **own}, random_state=4)
    expected = oracle.fit_transform(X, **start)
    reduced = PACMAP.fit(X, params("pacmap", **short), 4)
    np.testing.assert_array_equal(reduced.array, expected)


def test_arccos_is_euclidean_on_unit_rows(library: Any) -> None:
    """Rows are normalised after the z-score."""
    X = features()
    given = {"n_components": 2, "num_iters": [5, 5, 5]}
    oracle = library(n_neighbors=None, apply_pca=False, random_state=0, **given)
    asked = params("pacmap", metric="arccos", zscore=True, **given)
    np.testing.assert_array_equal(
        PACMAP.fit(X, asked, 0).array, oracle.fit_transform(unit_rows(zscore(X)))
    )


def test_seed_decides() -> None:
    """Another seed gives another array; the largest seed is one too."""
    X, asked = features(), params("pacmap", n_components=2, num_iters=[5, 5, 5])
    arrays = {PACMAP.fit(X, asked, seed).array.tobytes() for seed in (0, 1, 2**32 - 1)}
    assert len(arrays) == 3


def test_two_fresh_processes_agree() -> None:
    """Given a seed, the array is the same bit for bit, and nothing is printed."""
    code = (
        "from tests.reducers.made import features, params\n"
        "from zsc_wh.reducers.pacmap import PACMAP\n"
        "asked = params('pacmap', n_components=2, num_iters=[20, 20, 20])\n"
        "print(PACMAP.fit(features(n=300), asked, 3).array.tobytes().hex())\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in "ab"
    ]
    first, again = (process.communicate() for process in processes)
    assert first == again
    assert len(first[0].split()) == 1
    assert first[1] == b""


def test_nothing_is_printed_or_logged(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What the library says of every fit is no news."""
    caplog.set_level(logging.NOTSET, logger="pacmap")
    asked = params("pacmap", n_components=3, num_iters=[5, 5, 5])
    assert PACMAP.fit(features(), asked, 0).notes == ()
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert not logging.getLogger("pacmap").handlers


@pytest.mark.parametrize(
    ("given", "least"),
    [
        ({}, 36),
        ({"n_neighbors": 1, "MN_ratio": 6.0, "FP_ratio": 1.0}, 12),
        ({"n_neighbors": 4, "MN_ratio": 0.0, "FP_ratio": 1.0}, 9),
    ],
    ids=str,
)
def test_fewer_samples_would_change_the_pairs(
    caplog: pytest.LogCaptureFixture, given: dict[str, Any], least: int
) -> None:
    """With one sample less the cell is skipped."""
    asked = params("pacmap", n_components=2, num_iters=[5, 5, 5], **given)
    reduced = PACMAP.fit(features(n=least), asked, 0)
    assert reduced.array.shape == (least, 2)
    assert reduced.notes == ()
    X = features(n=least - 1)
    with pytest.raises(NotApplicableError, match=f"needs at least {least} samples"):
        PACMAP.fit(X, asked, 0)


def test_what_the_library_says_of_the_result_is_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its log is no place where somebody looks."""
    caplog.set_level(logging.NOTSET, logger="pacmap")
    asked = params("pacmap", n_components=2, num_iters=[5, 5, 5])
    notes = PACMAP.reduce(features(n=35), PACMAP.typed(asked), 0).notes
    assert any("would be reorganized" in note for note in notes)


@pytest.mark.parametrize(
    ("shape", "given", "most"),
    [((60, 4), {}, 4), ((40, 50), {}, 40), ((60, 4), {"init": "random"}, 4)],
)
def test_no_more_dimensions_than_principal_components(
    shape: tuple[int, int], given: dict[str, Any], most: int
) -> None:
    """As many as there are work, one more is refused, and fails in the library."""
    X = features("float32", *shape)
    asked = params("pacmap", n_components=most, num_iters=[1, 1, 1], **given)
    assert PACMAP.fit(X, asked, 0).array.shape == (len(X), most)
    more = {**asked, "n_components": most + 1}
    with pytest.raises(NotApplicableError, match=f"at most {most} here"):
        PACMAP.fit(X, more, 0)
    with pytest.raises(ComputeError, match="pacmap failed"):
        PACMAP.reduce(X, PACMAP.typed(more), 0)


def test_applied_pca_leaves_a_hundred_dimensions() -> None:
    """Asked for more, the library would give these without a word."""
    asked = params("pacmap", n_components=101, apply_pca=True, num_iters=[1, 1, 1])
    X = features("float32", 150, 130)
    with pytest.raises(NotApplicableError, match="at most 100 here"):
        PACMAP.fit(X, asked, 0)
    assert PACMAP.reduce(X, PACMAP.typed(asked), 0).array.shape == (150, 100)


@pytest.mark.parametrize(("n", "near"), [(36, 10), (10_000, 10), (40_000, 19)])
def test_neighbours_grow_with_the_samples(library: Any, n: int, near: int) -> None:
    """10, or 10 + 15 (log10 n - 4) above 10,000; the library counts the same."""
    oracle = library(n_neighbors=None, random_state=0)
    oracle.decide_num_pairs(n)
    counted = (oracle.n_neighbors, oracle.n_MN, oracle.n_FP)
    assert _pairs(n, PACMAP.typed(params("pacmap"))) == counted
    assert counted[0] == near


def test_threads_are_put_back() -> None:
    """A failing fit leaves neither faiss nor numba with one thread."""
    before = numba.get_num_threads(), faiss.omp_get_max_threads()
    most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    numba.set_num_threads(most)
    faiss.omp_set_num_threads(2)
    with pytest.raises(ComputeError):
        PACMAP.reduce(features(n=2), PACMAP.typed(params("pacmap")), 0)
    after = numba.get_num_threads(), faiss.omp_get_max_threads()
    numba.set_num_threads(before[0])
    faiss.omp_set_num_threads(before[1])
    assert after == (most, 2)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"lr": 0.0}, "lr must be over 0"),
        ({"FP_ratio": 0.04}, "no sample would have a further pair"),
        ({"FP_ratio": 0.06}, None),
        ({"n_neighbors": 2, "FP_ratio": 0.2}, "no sample would have a further pair"),
        ({"num_iters": [10, 10]}, "three numbers"),
        ({"num_iters": [10, -1, 10]}, "three numbers"),
        ({"num_iters": [0, 0, 0]}, "three numbers"),
        ({"num_iters": [0, 0, 1]}, None),
    ],
)
def test_parameters_that_cannot_be(given: dict[str, Any], text: str | None) -> None:
    """What the library would refuse is refused when it is declared."""
    fault = PACMAP.fault(params("pacmap", **given))
    assert fault is None if text is None else text in str(fault)
