"""How far a choice without labels can be trusted, learnt from datasets with labels.

A choice is judged by others like it: the labelled datasets on which silhouette and
consensus agree most nearly as much as here. The dataset itself is never among them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.analyses.selectors import selected, standing
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.analyses.selectors import Numbers, Selected

TRUST, WEAK, NOT = "trust", "weak", "do not trust"

FEWEST = 3
"""Labelled datasets that a calibration needs."""

FEWEST_RECIPES, FEWEST_SAMPLES = 4, 30
"""With fewer there is nothing to rank, or nothing to measure it by."""

WIDTH = 0.05
"""Recipes this near by place, 1 from the first to the last, are like one another."""

COVERED = 0.9
"""Share of the losses of like recipes between the ends of an interval."""

LOSS = 0.05
"""AMI that a recipe to be trusted is expected to lose at most."""

_ROUNDING = 1e-12
"""AMIs of one partition may differ by this much, and so may means of equal ones."""

GAIN = 0.5
"""Share of the loss of a random pick that a choice has to save to be trusted."""


@dataclass(frozen=True)
class Candidates:
    """The recipes of one dataset.

    Parameters
    ----------
    dataset, key : str
        Its name, and what it is: the same images have the same key.
    recipes : sequence of mapping
        With the columns of the macro ``measured_recipe``.
    chosen : Selected
        Their selectors.
    """

    dataset: str
    key: str
    recipes: Sequence[Mapping[str, Any]]
    chosen: Selected

    @classmethod
    def of(cls, recipes: Sequence[Mapping[str, Any]]) -> Candidates:
        """Measure the recipes of one dataset, at least one."""
        first = recipes[0]
        chosen = selected(recipes)
        return cls(first["dataset"], first["dataset_key"], recipes, chosen)

    @property
    def ami(self) -> Numbers:
        """AMI of each recipe, NaN without labels."""
        import numpy as np

        return np.array([each["ami"] for each in self.recipes], dtype=np.float64)

    @property
    def places(self) -> Numbers:
        """Place of each recipe by the combination, the first 0 and the last 1."""
        return standing(self.chosen.values["combination"])


def regret(ami: Numbers, values: Numbers) -> float:
    """Return the AMI lost by taking the highest value; NaN where none has both.

    Recipes that tie share the mean of their AMIs.
    """
    import numpy as np

    is_in = ~np.isnan(ami) & ~np.isnan(values)
    if not is_in.any():
        return np.nan
    known = ami[~np.isnan(ami)]
    top = ami[is_in][values[is_in] == values[is_in].max()]
    lost = float(known.max() - top.mean())
    return lost if lost > _ROUNDING else 0.0


@dataclass(frozen=True)
class Evidence:
    """What a choice cost on one labelled dataset.

    Parameters
    ----------
    agreement : float
        Correlation of silhouette and consensus there; NaN without.
    places, losses : ndarray of shape (n,)
        Of its labelled recipes: place by the combination, and AMI less than the best.
    gain : float
        Share of the loss of a random pick that the choice saved; 1 is the best choice,
        0 no better than random, below it worse.
    """

    agreement: float
    places: Numbers
    losses: Numbers
    gain: float

    @classmethod
    def of(cls, candidates: Candidates) -> Evidence:
        """Judge the choice by the labels."""
        import numpy as np

        ami = candidates.ami
        is_in = ~np.isnan(ami)
        losses = ami[is_in].max() - ami[is_in]
        lost = regret(ami, candidates.chosen.values["combination"])
        random = float(losses.mean())
        if math.isnan(lost):
            lost = random
        gain = 1 - lost / random if random else 0.0
        places = candidates.places[is_in]
        return cls(candidates.chosen.agreement, places, losses, gain)


@dataclass(frozen=True)
class Trust:
    """How far the order of the recipes of one dataset can be trusted.

    Parameters
    ----------
    verdict : {"trust", "weak", "do not trust"}
        Of the dataset as a whole; no recipe has a better one.
    reason : str
        What it rests on, for people.
    like : sequence of Evidence
        The labelled datasets that it rests on.
    n_labelled : int
        Labelled datasets that there are beside this one.
    """

    verdict: str
    reason: str
    like: Sequence[Evidence]
    n_labelled: int

    def losses(self, place: float) -> tuple[float, float, float] | None:
        """Return the expected loss of a recipe and the ends of its interval, in AMI.

        The mean, and the quantiles, of the losses of recipes of like place, each
        dataset with the same weight; None where nothing is known.
        """
        import numpy as np

        if not self.like:
            return None
        drawn, weights = [], []
        for each in self.like:
            away = np.abs(each.places - place)
            near = away <= max(WIDTH, float(away.min()))
            drawn.append(each.losses[near])
            weights.append(np.full(near.sum(), 1 / near.sum() / len(self.like)))
        losses, weight = np.concatenate(drawn), np.concatenate(weights)
        order = np.argsort(losses, kind="stable")
        reached = np.cumsum(weight[order])
        ends = [(1 - COVERED) / 2, (1 + COVERED) / 2]
        low, high = losses[order][
            np.minimum(np.searchsorted(reached, ends), len(losses) - 1)
        ]
        return float(losses @ weight), float(low), float(high)

    def verdict_of(self, place: float, flaw: str) -> str:
        """Return the verdict of a recipe, from its place and its flaw."""
        if flaw or self.verdict == NOT:
            return NOT
        expected = self.losses(place)
        if expected is None:
            return WEAK if place < 0.5 else NOT
        lost = expected[0]
        if lost >= self.random:
            return NOT
        return self.verdict if lost <= min((1 - GAIN) * self.random, LOSS) else WEAK

    @property
    def random(self) -> float:
        """Mean loss of a random pick on the labelled datasets that it rests on."""
        import numpy as np

        return float(np.mean([each.losses.mean() for each in self.like]))


def trust_in(asked: Candidates, evidence: Sequence[Evidence]) -> Trust:
    """Return how far the order of the recipes of a dataset can be trusted.

    Parameters
    ----------
    asked : Candidates
        The dataset.
    evidence : sequence of Evidence
        The labelled ones, without this one.
    """
    n = len(evidence)
    agreement = asked.chosen.agreement
    if reason := _too_little(asked):
        return Trust(NOT, reason, (), n)
    if agreement < 0:
        return Trust(NOT, "silhouette and consensus contradict each other", (), n)
    if math.isnan(agreement):
        reason = "uncalibrated: silhouette or consensus is missing or constant"
        return Trust(WEAK, reason, (), n)
    known = [each for each in evidence if not math.isnan(each.agreement)]
    if len(known) < FEWEST:
        reason = (
            f"uncalibrated: {FEWEST} labelled datasets are needed, not {len(known)}"
        )
        return Trust(WEAK, reason, (), n)
    known.sort(key=lambda each: abs(each.agreement - agreement))
    like = known[: max(FEWEST, math.ceil(len(known) / 3))]
    gains = [each.gain for each in like]
    mean = sum(gains) / len(gains)
    said = (
        f"on the {len(like)} of {n} labelled datasets whose selectors agree most like "
        f"here, the choice saved {mean:.0%} of what a random pick loses"
        f" ({min(gains):.0%} to {max(gains):.0%})"
    )
    if mean <= 0:
        return Trust(NOT, said, like, n)
    is_beyond = agreement < min(each.agreement for each in like)
    if is_beyond:
        said += "; here they agree less than on any of them"
    if is_beyond or min(gains) < GAIN:
        return Trust(WEAK, said, like, n)
    return Trust(TRUST, said, like, n)


def _too_little(asked: Candidates) -> str:
    """Say why nothing can be recommended; nothing where something can."""
    import numpy as np

    n_samples = max(each["n_samples"] for each in asked.recipes)
    n_sound = int((~np.isnan(asked.chosen.values["combination"])).sum())
    if n_samples < FEWEST_SAMPLES:
        few = counted(n_samples, "image is", "images are")
        return f"{few} too few; {FEWEST_SAMPLES} are needed"
    if n_sound < FEWEST_RECIPES:
        return (
            f"{n_sound} of {len(asked.recipes)} recipes can be ranked; "
            f"{FEWEST_RECIPES} are needed"
        )
    return ""
