from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

from tests.queries.study import CLUSTERERS, Study
from tests.queries.test_clusterer_ranks import blocks_of, one_block

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask
    from tests.queries.made import Made


@pytest.mark.parametrize("pairs", ["extremes", "all"])
@pytest.mark.parametrize("block", ["reducer", "recipe", "best"])
def test_tests_are_wilcoxons(
    study: Study, ask_study: Ask, block: str, pairs: str
) -> None:
    """Of complete blocks; each extreme against every other; Holm over what is asked."""
    blocks = blocks_of(study, block)
    complete = blocks[~np.isnan(blocks).any(axis=1)]
    ranks = scipy.stats.rankdata(-complete, axis=1).mean(axis=0)
    order = sorted(range(len(CLUSTERERS)), key=lambda place: ranks[place])
    wanted = [
        (CLUSTERERS[a], CLUSTERERS[b])
        for a, b in combinations(order, 2)
        if pairs == "all" or a == order[0] or b == order[-1]
    ]
    rows = ask_study("clusterer_tests", block=block, pairs=pairs)
    assert [(row["clusterer"], row["other"]) for row in rows] == wanted
    assert [row["extreme"] for row in rows[:2]] == ["best", "best"]
    last = [row["extreme"] for row in rows if row["other"] == CLUSTERERS[order[-1]]]
    assert last == ["both", "worst", "worst"]
    rng = np.random.default_rng(0)
    for row in rows:
        a, b = (CLUSTERERS.index(row[key]) for key in ("clusterer", "other"))
        differences = np.round(complete[:, a] - complete[:, b], 12)
        assert row["delta_pp"] == pytest.approx(100 * differences.mean())
        counts = (differences > 0).sum(), (differences < 0).sum(), len(differences)
        assert (row["n_better"], row["n_worse"], row["n_blocks"]) == counts
        drawn = scipy.stats.wilcoxon(
            differences,
            method=scipy.stats.PermutationMethod(n_resamples=4000, rng=rng),
        )
        kept = differences[differences != 0]
        of_kept = scipy.stats.rankdata(abs(kept))
        smaller = min(of_kept[kept > 0].sum(), of_kept[kept < 0].sum())
        assert row["statistic"] == pytest.approx(smaller)
        assert row["p_value"] == pytest.approx(drawn.pvalue, abs=0.04)
        assert (row["method"], row["n_blocks_total"]) == ("exact", len(blocks))
    found = sorted((row["p_value"], row["p_holm"]) for row in rows)
    for place, (p_value, p_holm) in enumerate(found):
        assert p_holm >= min(1, (len(found) - place) * p_value) - 1e-12
    assert found[0][1] == pytest.approx(min(1, len(found) * found[0][0]))


def test_two_that_are_equal_differ_in_nothing(ask_of: Callable[[Made], Ask]) -> None:
    """The block is dropped: p is 1, and no block is better or worse."""
    (row,) = ask_of(one_block({"a": 0.5, "b": 0.5}))("clusterer_tests")
    assert (row["clusterer"], row["other"], row["extreme"]) == ("a", "b", "both")
    assert (row["n_better"], row["n_worse"], row["n_blocks"]) == (0, 0, 1)
    assert (row["p_value"], row["p_holm"], row["statistic"]) == (1.0, 1.0, 0.0)


def test_nothing_complete_has_no_test(ask_of: Callable[[Made], Ask]) -> None:
    """And no row."""
    assert ask_of(one_block({"a": 0.5, "b": None}))("clusterer_tests") == []
