"""What choosing by silhouette costs, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.queries.study import SPACES
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

AXES = {
    "encoder": (1, 2, 3),
    "clusterer": (0, 1, 2),
    "k": (0, 1, 2),
    "recipe": (1,),
}
"""Axes of (encoder, dataset, reducer, clusterer) fixed in a block, by the choice."""

MEANS = (
    *("best_ami", "chosen_ami", "mean_ami", "default_ami"),
    *("regret", "mean_regret", "default_regret"),
)


def losses(
    tensor: Tensor, choose: str, score: str
) -> dict[tuple[int, ...], list[float]]:
    """Return the means of each block that offers a choice, in the order of `MEANS`."""
    ami = tensor.medians("ami")
    silhouette = tensor.judged(score).medians(score)
    found = {}
    fixed = AXES[choose]
    for block in np.ndindex(tuple(ami.shape[axis] for axis in fixed)):
        where = dict(zip(fixed, block, strict=True))
        candidates = [
            place
            for place in np.ndindex(ami.shape)
            if all(place[axis] == index for axis, index in where.items())
            and not np.isnan([ami[place], silhouette[place]]).any()
        ]
        if len(candidates) < 2:
            continue
        values = np.array([ami[place] for place in candidates])
        sides = np.array([silhouette[place] for place in candidates])
        usual = [ami[place] for place in candidates if is_usual(tensor, choose, place)]
        default = np.mean(usual) if usual else np.nan
        chosen = values[sides == sides.max()].mean()
        means = [values.max(), chosen, values.mean(), default]
        found[block] = [*means, *(values.max() - np.array(means[1:]))]
    return found


def is_usual(tensor: Tensor, choose: str, place: tuple[int, ...]) -> bool:
    """Tell whether a candidate is what is taken by default."""
    if choose == "k":
        return tensor.clusterers()[place[3]] == "kmeans"  # whose K is from the labels
    _, family, _, fine_tuned = tensor.encoders()[place[0]]
    return choose != "clusterer" and family == "supervised" and not fine_tuned


@EXAMPLES
@given(tensor=tensors())
@pytest.mark.parametrize("choose", AXES)
def test_regret_equals_numpy(in_memory: Rows, tensor: Tensor, choose: str) -> None:
    """Candidates have both scores; ties share their AMI; means are over the blocks."""
    answer = in_memory.put(tensor)("silhouette_regret", choose=choose)
    names = ("dataset", "encoder", "clusterer", "reducer")
    rows = by(answer, "space", "is_overall", *names)
    # in a tensor all clusterers are one, which differ in K
    first = tensor.clusterers()[0] if choose == "k" else None
    for space, score in SPACES.items():
        wanted = losses(tensor, choose, score)
        own = [row for row in answer if row["space"] == space and row["dataset"]]
        assert len(own) == len(wanted)
        for block, means in wanted.items():
            where = dict(zip(AXES[choose], block, strict=True))
            crossed = tensor.shape[2] > 1 and 2 in where
            row = rows[
                space,
                False,
                tensor.datasets()[where[1]][0],
                tensor.encoders()[where[0]][0] if 0 in where else None,
                tensor.clusterers()[where[3]] if 3 in where else first,
                tensor.reducers()[where[2]] if crossed else None,
            ]
            expect(row, means)
        overall = rows[space, True, None, None, None, None]
        table = np.array(list(wanted.values())).reshape(-1, len(MEANS))
        expect(
            overall,
            [
                float(np.mean(column)) if column.size else np.nan
                for column in (side[~np.isnan(side)] for side in table.T)
            ],
        )
        total = np.prod([tensor.shape[axis] for axis in AXES[choose]])
        counts = (overall["n_blocks"], overall["n_blocks_total"])
        assert counts == (len(wanted), total)


def expect(row: dict[str, object], means: list[float]) -> None:
    """Compare the means of a row."""
    for name, mean in zip(MEANS, means, strict=True):
        assert row[name] == approx(mean), name


def test_who_is_chosen_is_named(in_memory: Rows) -> None:
    """The one with the highest silhouette beside the one with the highest AMI."""
    ami = np.array([0.2, 0.6, 0.5, 0.9]).reshape(4, 1, 1, 1, 1)
    silhouette = np.array([0.4, 0.7, 0.7, np.nan]).reshape(4, 1, 1, 1, 1)
    others = ("silhouette_original", "silhouette_umap")
    scores = {"ami": ami, "silhouette": silhouette} | dict.fromkeys(others, silhouette)
    ask = in_memory.put(Tensor(scores))
    _, row = ask("silhouette_regret", choose="encoder", space="reduced")
    assert (row["chosen"], row["best"]) == ("ssl, tuned", "ssl")
    assert row["chosen_ami"] == pytest.approx(0.55)
    assert row["default_ami"] == pytest.approx(0.2)
    assert (row["n_candidates"], row["n_candidates_total"]) == (3, 4)


def test_k_is_chosen_among_those_of_one_clusterer(in_memory: Rows) -> None:
    """Names that differ in K alone are one clusterer; its default is the true K."""
    ami = np.array([0.2, 0.9, 0.6]).reshape(1, 1, 1, 3, 1)
    silhouette = np.array([0.8, 0.5, 0.4]).reshape(1, 1, 1, 3, 1)
    others = ("silhouette_original", "silhouette_umap")
    scores = {"ami": ami, "silhouette": silhouette} | dict.fromkeys(others, silhouette)
    ask = in_memory.put(Tensor(scores))
    _, row = ask("silhouette_regret", choose="k", space="reduced")
    assert (row["encoder"], row["clusterer"]) == ("net", "affinity")
    assert (row["chosen"], row["best"]) == ("2", "3")
    assert (row["regret"], row["default_regret"]) == (approx(0.7), approx(0.3))
