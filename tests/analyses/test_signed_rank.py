from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from zsc_wh.analyses import signed_rank as module
from zsc_wh.analyses.signed_rank import signed_rank


def p_of(differences: list[float]) -> float:
    """Return the p of a list of differences."""
    (found,) = signed_rank({"differences": [differences]}, {})["p_value"]
    assert isinstance(found, float)
    return found


@settings(max_examples=60)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=10))
def test_p_is_the_share_of_all_signs(differences: list[int]) -> None:
    """By trying all of them: exact with ties, zeros dropped, two-sided."""
    kept = [value for value in differences if value]
    ranks = scipy.stats.rankdata(np.abs(kept)) if kept else np.zeros(0)

    def smaller(signs: tuple[int, ...]) -> float:
        above = sum(r for r, sign in zip(ranks, signs, strict=True) if sign > 0)
        return float(min(above, sum(ranks) - above))

    seen = smaller(tuple(int(np.sign(value)) for value in kept))
    every = [smaller(signs) for signs in product((-1, 1), repeat=len(kept))]
    want = np.mean([each <= seen for each in every])
    found = signed_rank({"differences": [differences]}, {})
    assert found["statistic"] == [pytest.approx(seen)]
    assert found["p_value"] == [pytest.approx(want)]
    assert found["method"] == ["exact"]


@pytest.mark.parametrize("n", [9, 60, 234])
def test_p_without_ties_is_that_of_scipy(n: int) -> None:
    """Also where there are too many signs to try."""
    differences = np.random.default_rng(n).normal(0.15, size=n)
    want = scipy.stats.wilcoxon(differences, method="exact").pvalue
    assert p_of(differences.tolist()) == pytest.approx(want, rel=1e-9)


def test_many_differences_are_approximated(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is said; where both can be had, they agree."""
    differences = np.random.default_rng(0).integers(-9, 11, size=200).tolist()
    exact = p_of(differences)
    monkeypatch.setattr(module, "EXACT_UP_TO", 100)
    found = signed_rank({"differences": [differences]}, {})
    assert found["method"] == ["approximate"]
    want = scipy.stats.wilcoxon([value for value in differences if value])
    assert found["p_value"] == [pytest.approx(want.pvalue)]
    assert want.pvalue == pytest.approx(exact, abs=2e-3)


def test_what_differs_by_a_rounding_error_is_a_tie() -> None:
    """.3 - .2 and .5 - .4 are one difference, and .1 + .2 - .3 is none."""
    assert p_of([0.3 - 0.2, 0.4 - 0.5, 0.1 + 0.2 - 0.3]) == 1.0
    assert p_of([1.0, -1.0]) == 1.0


def test_no_difference_says_nothing() -> None:
    """All equal has p 1; nothing to compare has none."""
    found = signed_rank({"differences": [[0.0, 0.0], None, []]}, {})
    assert found["p_value"] == [1.0, None, None]
    assert found["method"] == ["exact", None, None]
