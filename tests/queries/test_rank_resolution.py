from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.stats

from tests.analyses.oracle import interval
from tests.queries.made import Made
from tests.queries.study import CLUSTERERS, ENCODERS, Study
from tests.queries.test_differences import blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

NAMES = {"encoder": list(ENCODERS), "clusterer": list(CLUSTERERS)}


@pytest.mark.parametrize("axis", NAMES)
def test_neighbours_are_compared_by_dataset(
    study: Study, ask_study: Ask, axis: str
) -> None:
    """In the order of mean AMI; t, p, interval and the number of datasets by scipy."""
    table, datasets, _ = blocks_of(study, axis, "dataset", "overall")
    means = table.mean(axis=1)
    order = sorted(range(len(means)), key=lambda place: -means[place])
    rows = ask_study("rank_resolution", axis=axis)
    names = NAMES[axis]
    found = [(row["better"], row["worse"]) for row in rows]
    pairs = list(pairwise(order))
    assert found == [(names[a], names[b]) for a, b in pairs]
    assert [row["position"] for row in rows] == [1, 2, 3]
    for (a, b), row in zip(pairs, rows, strict=True):
        differences = 100 * (table[a] - table[b])
        test = scipy.stats.ttest_rel(table[a], table[b])
        assert (row["better_ami"], row["worse_ami"]) == pytest.approx(means[[a, b]])
        assert row["delta_pp"] == pytest.approx(differences.mean())
        assert row["sd_pp"] == pytest.approx(differences.std(ddof=1))
        assert row["t_value"] == pytest.approx(test.statistic)
        assert row["p_value"] == pytest.approx(test.pvalue)
        assert row["told_apart"] == (test.pvalue <= 0.05)
        parts = {name: [differences[i]] for i, name in enumerate(datasets)}
        assert (row["low"], row["high"]) == pytest.approx(interval(parts))
        level, power = (float(scipy.stats.norm.ppf(at)) for at in (0.975, 0.8))
        ratio = (level + power) * differences.std(ddof=1) / differences.mean()
        needed = max(2, np.ceil(ratio**2 + level**2 / 2))
        assert row["n_datasets_needed"] == needed
        assert row["n_datasets"] == len(datasets)


def two(scores: dict[tuple[str, str], float]) -> Made:
    """Make AMIs of encoders on datasets; `rand` was never trained."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    for (encoder, dataset), ami in scores.items():
        made.encoder(encoder, "random" if encoder == "rand" else "ssl")
        made.dataset(dataset, ["a", "b"], group="far")
        made.run(made.cell(encoder, dataset, "none", "kmeans"), {"ami": ami})
    return made


@pytest.mark.parametrize(
    ("scores", "params", "facts"),
    [
        # one dataset says nothing
        ({("a", "x"): 0.5, ("b", "x"): 0.4}, {}, (10.0, None, None, None)),
        # equal throughout: no number of datasets tells them apart
        (
            {("a", "x"): 0.5, ("b", "x"): 0.5, ("a", "y"): 0.1, ("b", "y"): 0.1},
            {},
            (0.0, 0.0, None, None),
        ),
        ({("a", "x"): 0.5, ("rand", "x"): 0.4}, {}, None),
        (
            {("a", "x"): 0.5, ("rand", "x"): 0.4},
            {"with_random": True},
            (10.0, None, None, None),
        ),
    ],
)
def test_what_cannot_be_told(
    ask_of: Callable[[Made], Ask],
    scores: dict[tuple[str, str], float],
    params: dict[str, Any],
    facts: tuple[float | None, ...] | None,
) -> None:
    """Without a deviation there is no test, and no number that would do."""
    rows = ask_of(two(scores))("rank_resolution", **params)
    keys = ("delta_pp", "sd_pp", "told_apart", "n_datasets_needed")
    got = [tuple(row[key] for key in keys) for row in rows]
    assert got == ([] if facts is None else [facts])
