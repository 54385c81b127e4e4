"""Steps that rank recipes without labels, and that judge what ranks them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from zsc_wh.analyses.bootstrap import intervals
from zsc_wh.analyses.selectors import SILHOUETTES, correlation
from zsc_wh.analyses.trust import Candidates, Evidence, regret, trust_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.analyses.selectors import Numbers
    from zsc_wh.analyses.step import Columns, Values
    from zsc_wh.analyses.trust import Trust

Row = dict[str, Any]

SELECTORS = ("combination", *SILHOUETTES, "consensus", "stability")
"""What chooses without any label."""

RANKED: Mapping[str, str] = {
    "dataset": "text",
    "rank": "bigint",
    "encoder": "text",
    "reducer": "text",
    "clusterer": "text",
    "verdict": "text",
    "expected_loss": "double",
    "loss_low": "double",
    "loss_high": "double",
    "combination": "double",
    "silhouette": "double",
    "consensus": "double",
    "stability": "double",
    "n_clusters": "bigint",
    "largest_share": "double",
    "noise_fraction": "double",
    "flaw": "text",
    "ami": "double",
    "agreement": "double",
    "dataset_verdict": "text",
    "reason": "text",
    "n_seeds": "bigint",
    "n_labelled": "bigint",
}
"""Columns of a recommendation, with their types."""

JUDGED: Mapping[str, str] = {
    "chosen": "text",
    "best": "text",
    "chosen_ami": "double",
    "best_ami": "double",
    "regret": "double",
    "low": "double",
    "high": "double",
    "spearman": "double",
    "expected_loss": "double",
    "loss_low": "double",
    "loss_high": "double",
    "covered": "double",
    "verdict": "text",
    "n_recipes": "bigint",
    "n_datasets": "bigint",
}
"""Columns that judge a selector, with their types."""


def recommend(columns: Columns, values: Values) -> dict[str, list[Any]]:
    """Return the recipes of each dataset, the most promising first.

    Parameters
    ----------
    columns : mapping
        ``recipe``: a recipe, as the macro ``measured_recipe`` has it. ``labelled``: in
        the first row a list of all recipes of the datasets with labels.
    values : mapping
        Not read.

    Returns
    -------
    dict
        The columns of `RANKED`, rows in the order of datasets and ranks.
    """
    del values
    asked = _by_dataset(columns["recipe"])
    labelled = _labelled(columns)
    candidates = {
        name: Candidates.of(each) for name, each in (labelled | asked).items()
    }
    evidence = {name: Evidence.of(candidates[name]) for name in labelled}
    rows: list[Row] = []
    for name in sorted(asked):
        own = candidates[name]
        others = _others(candidates, own, evidence)
        rows += _ranked(own, trust_in(own, [evidence[other] for other in others]))
    return {column: [row[column] for row in rows] for column in RANKED}


def _labelled(columns: Columns) -> dict[str, list[Any]]:
    lists = [each for each in columns["labelled"] if each]
    return _by_dataset(lists[0] if lists else [])


def _by_dataset(recipes: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for recipe in recipes:
        found.setdefault(recipe["dataset"], []).append(recipe)
    return found


def _others(
    candidates: Mapping[str, Candidates],
    own: Candidates,
    names: Mapping[str, object],
) -> list[str]:
    """Return the datasets that are other images than those of one."""
    return [name for name in names if candidates[name].key != own.key]


def _ranked(own: Candidates, trust: Trust) -> list[Row]:
    import numpy as np

    chosen, places = own.chosen, own.places
    space = next(
        (name for name in SILHOUETTES if not np.isnan(chosen.values[name]).all()),
        SILHOUETTES[0],
    )
    ordered = sorted(
        range(len(places)), key=lambda i: (places[i], _name(own.recipes[i]))
    )
    rows = []
    for rank, i in enumerate(ordered, 1):
        recipe, place = own.recipes[i], float(places[i])
        lost = trust.losses(place) or (None, None, None)
        rows.append(
            {
                **{key: recipe[key] for key in RANKED if key in recipe},
                "rank": rank,
                "verdict": trust.verdict_of(place, chosen.flaws[i]),
                "expected_loss": lost[0],
                "loss_low": lost[1],
                "loss_high": lost[2],
                "combination": _known(chosen.values["combination"][i]),
                "silhouette": _known(chosen.values[space][i]),
                "consensus": _known(chosen.values["consensus"][i]),
                "stability": _known(chosen.values["stability"][i]),
                "largest_share": _known(chosen.largest_share[i]),
                "flaw": chosen.flaws[i] or None,
                "agreement": _known(chosen.agreement),
                "dataset_verdict": trust.verdict,
                "reason": trust.reason,
                "n_labelled": trust.n_labelled,
            }
        )
    return rows


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _name(recipe: Mapping[str, Any]) -> str:
    return " / ".join((recipe["encoder"], recipe["reducer"], recipe["clusterer"]))


def judge(columns: Columns, values: Values) -> dict[str, list[Any]]:
    """Return what each selector loses on each labelled dataset, and in the mean.

    Parameters
    ----------
    columns : mapping
        ``selector`` and ``dataset``, ``None`` for the mean over datasets. ``labelled``:
        in the first row a list of all recipes of the labelled datasets, as the macro
        ``measured_recipe`` has them.
    values : mapping
        ``resamples`` and ``confidence`` of the interval of a mean.

    Returns
    -------
    dict
        The columns of `JUDGED`.
    """
    candidates = {
        name: Candidates.of(each) for name, each in _labelled(columns).items()
    }
    evidence = {name: Evidence.of(each) for name, each in candidates.items()}
    pairs = [*zip(columns["selector"], columns["dataset"], strict=True)]
    rows: dict[tuple[str, str | None], Row] = {}
    for selector in dict.fromkeys(columns["selector"]):
        own_rows: dict[str, Row] = {}
        for dataset, own in candidates.items():
            others = _others(candidates, own, evidence)
            row = _judged(selector, own, {name: candidates[name] for name in others})
            if selector == "combination":
                trust = trust_in(own, [evidence[name] for name in others])
                row |= _foretold(row, trust)
            own_rows[dataset] = rows[selector, dataset] = row
        rows[selector, None] = _overall(own_rows, values)
    return {column: [rows[pair][column] for pair in pairs] for column in JUDGED}


def _judged(selector: str, own: Candidates, others: Mapping[str, Candidates]) -> Row:
    """Return what a selector chooses on a dataset, and what that costs."""
    import numpy as np

    ami = own.ami
    is_in = ~np.isnan(ami)
    best = float(ami[is_in].max())
    chooser = _chooser(selector, own, others)
    lost = regret(ami, chooser)
    both = is_in & ~np.isnan(chooser)
    is_named = both.any() and selector not in ("random", "supervised")
    names = np.array([_name(each) for each in own.recipes], dtype=object)
    top = both & (chooser == chooser[both].max()) if both.any() else both
    return {
        **dict.fromkeys(JUDGED),
        "chosen": ", ".join(sorted(names[top])) if is_named else None,
        "best": ", ".join(sorted(names[is_in & (ami == best)])),
        "chosen_ami": None if math.isnan(lost) else best - lost,
        "best_ami": best,
        "regret": _known(lost),
        "spearman": _known(correlation(chooser, ami)),
        "n_recipes": int(both.sum()),
        "n_datasets": int(not math.isnan(lost)),
    }


def _chooser(
    selector: str, own: Candidates, others: Mapping[str, Candidates]
) -> Numbers:
    """Return the value of each recipe for a selector, higher is better."""
    import numpy as np

    if selector in own.chosen.values:
        return own.chosen.values[selector]
    if selector == "random":
        return np.zeros(len(own.recipes))
    if selector == "supervised":
        return np.array(
            [0 if each["is_supervised"] else np.nan for each in own.recipes]
        )
    # what does best on the other datasets, each judged against its own mean
    above: dict[str, list[float]] = {}
    for other in others.values():
        gains = other.ami - np.nanmean(other.ami)
        for recipe, gain in zip(other.recipes, gains.tolist(), strict=True):
            if not math.isnan(gain):
                above.setdefault(_name(recipe), []).append(gain)
    means = [above.get(_name(each), [np.nan]) for each in own.recipes]
    return np.array([np.mean(each) for each in means])


def _foretold(row: Row, trust: Trust) -> Row:
    """Return what was said of the first choice before its labels were looked at."""
    lost = trust.losses(0.0)
    if lost is None:
        return {"verdict": trust.verdict}
    expected, low, high = lost
    found = row["regret"]
    return {
        "verdict": trust.verdict,
        "expected_loss": expected,
        "loss_low": low,
        "loss_high": high,
        "covered": None if found is None else float(low <= found <= high),
    }


def _overall(rows: Mapping[str, Row], values: Values) -> Row:
    """Return the means over datasets, with the interval of the regret."""
    found: Row = dict.fromkeys(JUDGED)
    for column in (
        *("chosen_ami", "best_ami", "regret", "spearman", "covered"),
        *("expected_loss", "loss_low", "loss_high"),
    ):
        # the best of all datasets says nothing of those without a choice
        known = [
            row[column]
            for row in rows.values()
            if row[column] is not None and row["regret"] is not None
        ]
        found[column] = math.fsum(known) / len(known) if known else None
    regrets = {
        "parts": [[row["regret"] for row in rows.values()]],
        "datasets": [[*rows]],
    }
    ends = intervals(regrets, values)
    found |= {"low": ends["low"][0], "high": ends["high"][0]}
    verdicts = [row["verdict"] for row in rows.values() if row["verdict"]]
    counts = {verdict: verdicts.count(verdict) for verdict in sorted({*verdicts})}
    found["verdict"] = ", ".join(f"{n} {each}" for each, n in counts.items()) or None
    found["n_recipes"] = sum(row["n_recipes"] for row in rows.values())
    found["n_datasets"] = sum(row["n_datasets"] for row in rows.values())
    return found
