"""What a comparison comes to: means over its pairs, with intervals over datasets."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import fmean
from typing import TYPE_CHECKING, Any

from zsc_wh.analyses.bootstrap import intervals
from zsc_wh.records import CELL_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.results.comparing import Compared

BOOTSTRAP = {"resamples": 1000, "confidence": 0.95}
"""As the queries have it by default."""


def summary(found: Sequence[Compared]) -> dict[str, Any]:
    """Return counts and the mean difference of a comparison, in percentage points.

    Returns
    -------
    dict
        ``n_compared`` cells have a score on both sides: ``n_within`` are within seed
        noise, ``n_beyond`` beyond, of ``n_unknown`` no seeds tell; ``n_one_sided`` have
        none on one side. ``n_by_chance`` would be beyond by chance alone.
        ``difference_pp`` is the mean of the datasets' mean differences, b less a, with
        its interval ``low`` and ``high`` over the ``n_datasets``; `None` where there is
        none.
    """
    both = [row for row in found if row.difference is not None]
    verdicts = Counter(row.within_noise for row in both)
    total = _means([both]) if both else [{}]
    return {
        "n_compared": len(both),
        "n_within": verdicts[True],
        "n_beyond": verdicts[False],
        "n_unknown": verdicts[None],
        "n_one_sided": len(found) - len(both),
        "n_redeclared": sum(row.redeclared for row in both),
        "n_by_chance": (verdicts[True] + verdicts[False]) / 20,
        "n_datasets": len({row.names.dataset for row in both}),
        **{key: total[0].get(key) for key in ("difference_pp", "low", "high")},
    }


def by_name(found: Sequence[Compared]) -> list[dict[str, Any]]:
    """Return the mean difference of each encoder, reducer and clusterer.

    Returns
    -------
    list of dict
        ``grouped_by`` and ``subject``, the largest gain of each kind first; the numbers
        of `summary`, over the pairs of cells that have the name.
    """
    rows: list[dict[str, Any]] = []
    for kind in CELL_NAMES:
        groups: dict[str, list[Compared]] = defaultdict(list)
        for row in found:
            if kind != "dataset" and row.difference is not None:
                groups[getattr(row.names, kind)].append(row)
        named = [
            {"grouped_by": kind, "subject": name, **means}
            for name, means in zip(groups, _means([*groups.values()]), strict=True)
        ]
        rows += sorted(named, key=lambda row: (-row["difference_pp"], row["subject"]))
    return rows


def by_dataset(found: Sequence[Compared]) -> list[dict[str, Any]]:
    """Return both means of each dataset over its pairs, the largest gain first."""
    groups: dict[str, list[Compared]] = defaultdict(list)
    for row in found:
        if row.difference is not None:
            groups[row.names.dataset].append(row)
    rows = [
        {
            "dataset": name,
            "a": fmean(row.a for row in own if row.a is not None),
            "b": fmean(row.b for row in own if row.b is not None),
            "difference_pp": 100 * fmean(_differences(own)),
            "n_pairs": len(own),
            "n_beyond": sum(row.within_noise is False for row in own),
        }
        for name, own in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["difference_pp"], row["dataset"]))


def _differences(rows: Sequence[Compared]) -> list[float]:
    return [row.difference for row in rows if row.difference is not None]


def _means(groups: Sequence[Sequence[Compared]]) -> list[dict[str, Any]]:
    """Return the mean difference of each group, every dataset with equal weight.

    Cells of a dataset hang together, so each dataset is one value, and datasets are
    what is drawn anew for the interval.
    """
    parts, datasets = [], []
    for rows in groups:
        by_name: dict[str, list[float]] = defaultdict(list)
        for row, difference in zip(rows, _differences(rows), strict=True):
            by_name[row.names.dataset].append(100 * difference)
        datasets.append([*by_name])
        parts.append([fmean(values) for values in by_name.values()])
    ends = intervals({"parts": parts, "datasets": datasets}, BOOTSTRAP)
    return [
        {
            "difference_pp": fmean(own),
            "low": low,
            "high": high,
            "n_datasets": len(own),
            "n_pairs": len(rows),
        }
        for rows, own, low, high in zip(
            groups, parts, ends["low"], ends["high"], strict=True
        )
    ]
