"""What chooses among the recipes of a dataset without labels.

A recipe is an encoder, a reducer and a clusterer. Its silhouettes are stored; how far
its clusters agree with those of the other recipes (consensus) and with those of its
other seeds (stability) follows here from the stored assignments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SEEDS = 3
"""Seeds of a recipe that are compared: pairs grow with their square."""

LARGEST = 0.9
"""A cluster with a larger share of the samples leaves nothing to choose."""

NOISE = 0.5
"""With more noise most samples have no cluster."""

SINGLE = 0.5
"""With more clusters per sample most are of one sample."""

SILHOUETTES = ("silhouette_umap", "silhouette_original", "silhouette")
"""In the order of trust: of a space that all share, the first that is there."""


@dataclass(frozen=True)
class Selected:
    """The selectors of the recipes of one dataset; NaN where one says nothing.

    Parameters
    ----------
    values : mapping of str to ndarray of shape (n,)
        Selectors by name, higher is better: silhouettes, ``consensus``, ``stability``,
        and their ``combination``, from 0 to 1.
    largest_share : ndarray of shape (n,)
        Share of the samples in the largest cluster.
    flaws : list of str
        Why a recipe is put last; empty where nothing is wrong.
    agreement : float
        Spearman's correlation of silhouette and consensus, -1 to 1.
    """

    values: Mapping[str, Numbers]
    largest_share: Numbers
    flaws: list[str]
    agreement: float


def selected(recipes: Sequence[Mapping[str, Any]]) -> Selected:
    """Return the selectors of the recipes of one dataset.

    Parameters
    ----------
    recipes : sequence of mapping
        With the columns of the macro ``measured_recipe``; ``None`` is missing.

    Notes
    -----
    Consensus is the mean AMI with the assignments of the other recipes, stability that
    between the seeds of a recipe, of at most `SEEDS` each. The combination is the
    product of silhouette and consensus: clear clusters that other recipes find, too.
    Where one of them is negative it is the lesser one, where one is missing the other.
    What has a flaw is put last.
    """
    import numpy as np

    found = {name: _numbers(recipes, name) for name in SILHOUETTES}
    found["consensus"], found["stability"] = _agreeing(recipes)
    silhouette = next(
        (found[name] for name in SILHOUETTES if not np.isnan(found[name]).all()),
        np.full(len(recipes), np.nan),
    )
    consensus = found["consensus"]
    lesser = np.fmin(silhouette, consensus)  # the other one where one is missing
    is_positive = (silhouette > 0) & (consensus > 0)
    both = np.where(is_positive, silhouette * consensus, lesser)
    shares = np.array([_largest_share(each["partitions"]) for each in recipes])
    flaws = [_flaw(*each) for each in zip(recipes, shares.tolist(), strict=True)]
    found["combination"] = np.where([not flaw for flaw in flaws], both, np.nan)
    return Selected(found, shares, flaws, correlation(silhouette, consensus))


def correlation(x: Numbers, y: Numbers) -> float:
    """Return Spearman's correlation of what both have; NaN where a side is constant."""
    import numpy as np
    from scipy.stats import rankdata

    both = ~np.isnan(x) & ~np.isnan(y)
    if both.sum() < 3 or not np.ptp(x[both]) or not np.ptp(y[both]):
        return np.nan
    return float(np.corrcoef(rankdata(x[both]), rankdata(y[both]))[0, 1])


def standing(values: Numbers) -> Numbers:
    """Return the place of each value, the highest 0 and the lowest 1.

    Ties share the mean of their places; what is missing is last.
    """
    import numpy as np
    from scipy.stats import rankdata

    lowest = np.where(np.isnan(values), -np.inf, values)
    found: Numbers = (rankdata(-lowest) - 1) / max(len(values) - 1, 1)
    return found


def _numbers(recipes: Sequence[Mapping[str, Any]], name: str) -> Numbers:
    import numpy as np

    return np.array([each[name] for each in recipes], dtype=np.float64)


def _agreeing(recipes: Sequence[Mapping[str, Any]]) -> tuple[Numbers, Numbers]:
    """Return consensus and stability."""
    import numpy as np

    from zsc_wh.partitions.agreement import pairwise_ami

    found = np.full((2, len(recipes)), np.nan)
    drawn = [
        (place, labels)
        for place, recipe in enumerate(recipes)
        for labels in recipe["partitions"][:SEEDS]
    ]
    if len(drawn) < 2:
        return found[0], found[1]
    places, labels = zip(*drawn, strict=True)
    table = np.array(labels, dtype=np.float64)  # a sample that was not read is NaN
    table = table[:, ~np.isnan(table).any(axis=0)]
    if not table.size:
        return found[0], found[1]
    member = np.zeros((len(drawn), len(recipes)))
    member[np.arange(len(drawn)), places] = 1
    counts = member.sum(axis=0)
    sums = member.T @ pairwise_ami(table.astype(np.int64)) @ member
    is_there, is_repeated = counts > 0, counts > 1
    means = sums[is_there][:, is_there] / np.outer(counts[is_there], counts[is_there])
    if len(means) > 1:
        others = means.sum(axis=1) - np.diag(means)
        found[0][is_there] = others / (len(means) - 1)
    own = counts[is_repeated]
    found[1][is_repeated] = (np.diag(sums)[is_repeated] - own) / (own * (own - 1))
    return found[0], found[1]


def _largest_share(partitions: Sequence[Sequence[int | None]]) -> float:
    """Return the share of the largest cluster, noise left out, the mean over seeds."""
    import numpy as np

    shares = []
    for labels in partitions:
        known = [label for label in labels if label is not None]
        counts = np.bincount([label for label in known if label >= 0], minlength=1)
        shares.append(counts.max() / max(len(known), 1))
    return float(np.mean(shares)) if shares else np.nan


def _flaw(recipe: Mapping[str, Any], share: float) -> str:
    """Say why the sizes of the clusters forbid a recipe; nothing where they do not."""
    n_clusters, noise = recipe["n_clusters"], recipe["noise_fraction"]
    if noise is not None and noise > NOISE:
        return f"{noise:.0%} of the samples are noise"
    if n_clusters is not None and n_clusters < 2:
        return "fewer than two clusters"
    if share > LARGEST:
        return f"one cluster has {share:.0%} of the samples"
    if n_clusters is not None and n_clusters > SINGLE * recipe["n_samples"]:
        return "most clusters are of one sample"
    return ""
