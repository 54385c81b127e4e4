"""The messages of affinity propagation, compiled: rows and columns of one iteration.

Importing this module imports numba. The operations on each number and the order of
every sum are those of scikit-learn, whatever the number of threads.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from zsc_wh.compiling import FOLDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LANES = 64
"""Columns whose maxima are followed side by side, so that vectors do it."""


# code that numba keeps is found again by the file, where a folder is named for it
_compile: Any = numba.njit(nogil=True, cache=FOLDER in os.environ)


@_compile  # type: ignore[untyped-decorator]
def _highest(lanes: NDArray[Any], rest: NDArray[Any]) -> Any:
    """Return the largest of all lanes, and of the columns that fill none."""
    found = lanes[0]
    for j in range(1, len(lanes)):
        found = max(found, lanes[j])
    for k in range(len(rest)):
        found = max(found, rest[k])
    return found


def _update_rows(
    s: NDArray[Any],
    a: NDArray[Any],
    r: NDArray[Any],
    totals: NDArray[Any],
    damping: Any,
    new: Any,
    first: int,
    last: int,
    chosen: NDArray[np.bool_],
) -> None:
    """Bring rows from `first` to before `last` from one iteration to the next.

    Parameters
    ----------
    s : ndarray of shape (n, n)
        Similarities.
    a : ndarray of shape (n, n)
        Availabilities; those of this iteration, from `r` and `totals`.
    r : ndarray of shape (n, n)
        Responsibilities of this iteration; then those of the next, from `a` and `s`.
    totals : ndarray of shape (n,)
        What `_sum_columns` makes of `r`.
    damping, new : floating
        Share of the old message and of the new one, of the type of `a`.
    chosen : ndarray of shape (n,)
        Receives whether the sample of a row is an exemplar in this iteration.
    """
    n = len(s)
    zero = a.dtype.type(0)
    both = np.empty(n, a.dtype)
    lanes = np.empty(_LANES, a.dtype)
    whole = n - n % _LANES
    for i in range(first, last):
        a_i, r_i, s_i = a[i], r[i], s[i]
        own = a_i[i] * damping - (r_i[i] - totals[i]) * new
        chosen[i] = own + r_i[i] > zero
        for k in range(n):
            excess = max(max(r_i[k], zero) - totals[k], zero)
            available = a_i[k] * damping - excess * new
            a_i[k] = available
            both[k] = available + s_i[k]
        a_i[i] = own
        both[i] = own + s_i[i]

        # the largest of both, the first of several, and the largest of the others
        lanes[:] = -np.inf
        for start in range(0, whole, _LANES):
            some = both[start : start + _LANES]
            for j in range(len(some)):
                lanes[j] = max(lanes[j], some[j])
        largest = _highest(lanes, both[whole:])
        best = n
        for j in range(_LANES):
            if lanes[j] == largest:
                k = j
                while both[k] != largest:
                    k += _LANES
                best = min(best, k)
        if best == n:
            best = whole
            while both[best] != largest:
                best += 1
        both[best] = -np.inf
        if best < whole:
            lane = best % _LANES
            lanes[lane] = -np.inf
            for k in range(lane, whole, _LANES):
                lanes[lane] = max(lanes[lane], both[k])
        second = _highest(lanes, both[whole:])

        old = r_i[best]
        for k in range(n):
            r_i[k] = r_i[k] * damping + (s_i[k] - largest) * new
        r_i[best] = old * damping + (s_i[best] - second) * new


def _sum_columns(
    r: NDArray[Any],
    totals: NDArray[Any],
    rows: tuple[int, int],
    columns: tuple[int, int],
) -> None:
    """Add the positive responsibilities of some rows to some columns of `totals`.

    Row after row, with the diagonal as it is. Over all rows in order, it makes the sums
    that availabilities follow from.
    """
    zero = r.dtype.type(0)
    some = totals[columns[0] : columns[1]]
    for i in range(rows[0], rows[1]):
        r_i = r[i, columns[0] : columns[1]]
        for k in range(len(some)):
            some[k] += max(r_i[k], zero)
        if columns[0] <= i < columns[1]:
            totals[i] += min(r[i, i], zero)


update_rows, sum_columns = _compile(_update_rows), _compile(_sum_columns)
