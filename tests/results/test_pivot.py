"""A table of a paper, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsc_wh.errors import QueryError
from zsc_wh.results.pivot import Field, pivot
from zsc_wh.words import NOTHING


@settings(deadline=None, derandomize=True, database=None)
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.integers(0, 3),
)
def test_fields_means_and_marks_equal_numpy(
    n_rows: int, n_columns: int, seed: int, lowest: bool, digits: int
) -> None:
    """The mean is of complete columns; marks go by what is written."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(size=(n_rows, n_columns)).round(2)
    values[rng.uniform(size=values.shape) < 0.2] = np.nan
    rows = [
        {"e": f"e{i}", "d": f"d{j}", "v": None if np.isnan(v) else float(v)}
        for (i, j), v in np.ndenumerate(values)
    ]
    rows.append({"e": "e0", "d": None, "v": 9.0})  # a mean of all, say
    made = pivot(rows, "e", "d", "v", digits=digits, percent=True, lowest=lowest)
    complete = ~np.isnan(values).any(axis=0)
    assert made.heads == [
        *(f"d{j}" for j in range(n_columns)),
        f"Mean of {complete.sum()} of {n_columns}",
    ]
    found = dict(made.rows)
    means = [
        [float(np.mean(100 * values[i, complete])) if complete.any() else np.nan]
        for i in range(n_rows)
    ]
    table = np.hstack([100 * values, means])
    for j in range(n_columns + 1):
        texts = [found[f"e{i}"][j].text for i in range(n_rows)]
        for i, text in enumerate(texts):
            known = not np.isnan(table[i, j])
            assert (text != NOTHING) == known
            if known:
                assert float(text) == pytest.approx(table[i, j], abs=0.51 / 10**digits)
        known_texts = [float(text) for text in texts if text != NOTHING]
        numbers = sorted({*known_texts}, reverse=not lowest)
        middle = np.median(known_texts) if known_texts else 0
        for i, text in enumerate(texts):
            mark = ""
            if len(numbers) > 1 and text != NOTHING:
                mark = {0: "best", 1: "second"}.get(numbers.index(float(text)), "")
            shade = 0.0
            if text != NOTHING and numbers[0] != middle:
                shade = max(0, (float(text) - middle) / (numbers[0] - middle))
            assert found[f"e{i}"][j] == Field(text, mark, shade)


def test_rows_stand_best_first() -> None:
    """By their mean, or without it in the order of the answer."""
    rows = [{"e": e, "d": "x", "v": v} for e, v in (("a", 0.2), ("b", 0.9), ("c", 0.5))]
    assert [name for name, _ in pivot(rows, "e", "d", "v").rows] == ["b", "c", "a"]
    lowest = pivot(rows, "e", "d", "v", lowest=True)
    assert [name for name, _ in lowest.rows] == ["a", "c", "b"]
    plain = pivot(rows, "e", "d", "v", mean=False)
    assert [name for name, _ in plain.rows] == ["a", "b", "c"]
    assert plain.heads == ["x"]


def test_what_cannot_be_spread() -> None:
    """Two values of one field, and values that are no numbers."""
    twice = [{"e": "a", "d": "x", "v": 1.0}] * 2
    with pytest.raises(QueryError, match="several rows have the e 'a' and the d 'x'"):
        pivot(twice, "e", "d", "v")
    with pytest.raises(QueryError, match="'v' holds no numbers, but 'True'"):
        pivot([{"e": "a", "d": "x", "v": True}], "e", "d", "v")
