from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from tests.analyses.oracle import interval
from tests.queries.made import Made
from tests.queries.study import CLUSTERERS, DATASETS, ENCODERS, Study, nanmedian
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors
from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.queries.conftest import Ask


def blocks_of(study: Study, block: str) -> NDArray[np.float64]:
    """Return AMI as (block, clusterer), the plain way."""
    ami = study.scores["ami"]
    if block == "recipe":  # seeds and reducers are runs of one cell
        runs = np.moveaxis(ami, 2, 4).reshape(*ami.shape[:2], ami.shape[3], -1)
        return nanmedian(runs, axis=3).reshape(-1, ami.shape[3])
    medians = study.medians("ami")
    if block == "best":
        best: NDArray[np.float64] = np.max(np.nan_to_num(medians, nan=-9), axis=2)
        best[best == -9] = np.nan
        return best.reshape(-1, best.shape[-1])
    return medians.reshape(-1, medians.shape[-1])


@pytest.mark.parametrize("block", ["reducer", "recipe", "best"])
def test_ranks_equal_scipy(study: Study, ask_study: Ask, block: str) -> None:
    """Mean, SD, SE, n and N of the ranks are those of scipy over complete blocks."""
    blocks = blocks_of(study, block)
    complete = blocks[~np.isnan(blocks).any(axis=1)]
    ranks = scipy.stats.rankdata(-complete, axis=1)
    rows = {row["clusterer"]: row for row in ask_study("clusterer_ranks", block=block)}
    got = [
        [rows[name][column] for column in ("mean_rank", "sd_rank", "se_rank")]
        for name in CLUSTERERS
    ]
    spread = ranks.std(axis=0)
    want = np.stack([ranks.mean(axis=0), spread, spread / np.sqrt(len(ranks))], axis=1)
    assert 0 < len(complete) < len(blocks)
    np.testing.assert_allclose(got, want, atol=1e-12)
    assert {(row["n_blocks"], row["n_blocks_total"]) for row in rows.values()} == {
        (len(complete), len(blocks))
    }


@pytest.mark.parametrize("block", ["reducer", "recipe"])
def test_intervals_resample_datasets(study: Study, ask_study: Ask, block: str) -> None:
    """Each resample takes all complete blocks of a dataset, or none of them."""
    blocks = blocks_of(study, block)
    ranks = scipy.stats.rankdata(-blocks, axis=1)
    ranks[np.isnan(blocks).any(axis=1)] = np.nan
    by_dataset = ranks.reshape(len(ENCODERS), len(DATASETS), -1, len(CLUSTERERS))
    rows = {row["clusterer"]: row for row in ask_study("clusterer_ranks", block=block)}
    for place, name in enumerate(CLUSTERERS):
        parts = {}
        for d, dataset in enumerate(DATASETS):
            found = by_dataset[:, d, :, place].ravel()
            if not np.isnan(found).all():
                parts[dataset] = found[~np.isnan(found)]
        got = rows[name]["low"], rows[name]["high"]
        assert got == pytest.approx(interval(parts), abs=1e-12)
        assert got[0] < rows[name]["mean_rank"] < got[1]


GROUPINGS = {
    "all": (False, False),
    "backbone": (True, False),
    "domain_group": (False, True),
    "both": (True, True),
}
"""Scope: whether rankings are told apart by backbone, and by group of datasets."""


@EXAMPLES
@given(tensor=tensors(("ami",)))
@pytest.mark.parametrize("scope", GROUPINGS)
def test_each_scope_ranks_by_itself(
    in_memory: Rows, tensor: Tensor, scope: str
) -> None:
    """Within scopes constant blocks rank nobody; untrained encoders but in groups."""
    answer = in_memory.put(tensor)("clusterer_ranks", scope=scope)
    rows = by(answer, "backbone", "domain_group", "clusterer")
    by_backbone, by_group = GROUPINGS[scope]
    ami = tensor.medians()
    found: dict[tuple[str | None, str | None], list[NDArray[np.float64]]] = {}
    for e, d, r in np.ndindex(ami.shape[:3]):
        _, family, backbone, _ = tensor.encoders()[e]
        group = tensor.datasets()[d][1]
        left_out = (by_backbone and backbone is None) or (by_group and group is None)
        if left_out or (family == "random" and scope == "backbone"):
            continue
        place = (backbone if by_backbone else None, group if by_group else None)
        found.setdefault(place, []).append(ami[e, d, r])
    assert len(rows) == len(found) * len(tensor.clusterers())
    for place, values in found.items():
        blocks = np.array(values)
        kept = blocks[~np.isnan(blocks).any(axis=1)]
        if scope != "all":
            kept = kept[np.ptp(kept, axis=1) > 0]
        ranks = scipy.stats.rankdata(-kept, axis=1)
        for c, clusterer in enumerate(tensor.clusterers()):
            row = rows[*place, clusterer]
            assert row["mean_rank"] == approx(ranks[:, c].mean() if len(kept) else None)
            assert row["sd_rank"] == approx(ranks[:, c].std() if len(kept) else None)
            assert (row["n_blocks"], row["n_blocks_total"]) == (len(kept), len(blocks))


def one_block(scores: dict[str, float | None]) -> Made:
    """Make one encoder and dataset with a score for each clusterer."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["a", "b"])
    made.reducer("none")
    for name, ami in scores.items():
        made.clusterer(name)
        made.run(made.cell("e", "d", "none", name), {"ami": ami})
    return made


def test_ties_share_the_average_rank(ask_of: Callable[[Made], Ask]) -> None:
    """Equal scores take the mean of the ranks that they cover; 1 is best."""
    ask = ask_of(one_block({"a": 0.5, "b": 0.9, "c": 0.5, "d": 0.1}))
    rows = ask("clusterer_ranks")
    assert [(row["clusterer"], row["mean_rank"]) for row in rows] == [
        ("b", 1.0),
        ("a", 2.5),
        ("c", 2.5),
        ("d", 4.0),
    ]


def test_a_constant_block_counts(ask_of: Callable[[Made], Ask]) -> None:
    """A block in which all are equal is kept: every clusterer has the middle rank."""
    rows = ask_of(one_block({"a": 0.0, "b": 0.0, "c": 0.0}))("clusterer_ranks")
    assert [(row["mean_rank"], row["n_blocks"]) for row in rows] == [(2.0, 1)] * 3


def test_an_incomplete_block_is_counted_and_left_out(
    ask_of: Callable[[Made], Ask],
) -> None:
    """A block without the score of one clusterer ranks nobody, and N says so."""
    rows = ask_of(one_block({"a": 0.5, "b": None}))("clusterer_ranks")
    assert [
        (row["mean_rank"], row["n_blocks"], row["n_blocks_total"]) for row in rows
    ] == [(None, 0, 1)] * 2


def test_only_the_ranked_clusterers_must_be_present(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Choosing clusterers frees the blocks from those that are not chosen."""
    ask = ask_of(one_block({"a": 0.5, "b": None, "c": 0.6}))
    rows = ask("clusterer_ranks", clusterers=["a", "c"])
    assert [(row["clusterer"], row["mean_rank"]) for row in rows] == [
        ("c", 1.0),
        ("a", 2.0),
    ]


@pytest.mark.parametrize(("reducers", "block"), [(1, "recipe"), (2, "reducer")])
def test_auto_follows_the_declaration(
    ask_of: Callable[[Made], Ask], reducers: int, block: str
) -> None:
    """Blocks keep the reducer only where a clusterer was declared with several."""
    made = one_block({"a": 0.5, "b": 0.6})
    made.reducer("umap-50")
    if reducers == 2:
        made.cell("e", "d", "umap-50", "a")
    rows = ask_of(made)("clusterer_ranks")
    assert {row["block"] for row in rows} == {block}


def test_an_unknown_block_is_refused(ask_study: Ask) -> None:
    """A misspelt kind of block is an error, not an empty answer."""
    with pytest.raises(QueryError, match="'block' cannot be"):
        ask_study("clusterer_ranks", block="cell")


@pytest.mark.parametrize(
    ("params", "n_total"),
    [
        ({"dataset": "air"}, 8),
        ({"domain_group": "fine"}, 16),
        ({"encoder": "dino"}, 10),
        ({"encoders": ["dino", "mae"]}, 20),
        ({"backbone": "rn50"}, 10),
        ({"reducer": "none"}, 20),
        ({"seed": 1}, 40),
        ({"dataset": "unlabelled"}, 0),
        ({"grid": "no such grid"}, 0),
    ],
)
def test_filters_choose_the_blocks(
    ask_study: Ask, params: dict[str, object], n_total: int
) -> None:
    """Each filter leaves the blocks that it names; unlabelled datasets have none."""
    rows = ask_study("clusterer_ranks", **params)
    assert {row["n_blocks_total"] for row in rows} == ({n_total} if n_total else set())
