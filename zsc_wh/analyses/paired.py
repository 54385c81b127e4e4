"""Paired t tests, and what several tests at once make of their p."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.analyses.step import together

if TYPE_CHECKING:
    from zsc_wh.analyses.step import Columns, Values


def t_test(columns: Columns, values: Values) -> dict[str, list[float | None]]:
    """Return the two-sided p of each row's t.

    Parameters
    ----------
    columns : mapping
        ``t_value``: mean over standard error, ``None`` where there is none.
        ``n_datasets``: how many differences it is made of.
    values : mapping
        Not read.

    Returns
    -------
    dict
        ``p_value``, ``None`` without a t.
    """
    from scipy.special import stdtr

    del values
    rows = zip(columns["t_value"], columns["n_datasets"], strict=True)
    return {
        "p_value": [
            None if t is None else 2 * float(stdtr(n - 1, -abs(t))) for t, n in rows
        ]
    }


def holm(columns: Columns, values: Values) -> dict[str, list[float | None]]:
    """Return the p of each row, corrected for the tests beside it.

    Parameters
    ----------
    columns : mapping
        ``p_value``: ``None`` without a test. ``comparison``: rows of one value are
        corrected together.
    values : mapping
        Not read.

    Returns
    -------
    dict
        ``p_holm``, from ``p_value`` to 1.

    References
    ----------
    Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian
    Journal of Statistics 6.
    """
    del values
    found: list[float | None] = [None] * len(columns["p_value"])
    for places in together(columns, "p_value"):
        ordered = sorted(places, key=lambda place: float(columns["p_value"][place]))
        least = 0.0
        for done, place in enumerate(ordered):
            corrected = (len(ordered) - done) * columns["p_value"][place]
            found[place] = least = min(1.0, max(least, corrected))
    return {"p_holm": found}
