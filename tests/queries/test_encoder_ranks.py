from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from tests.analyses.oracle import interval
from tests.queries.made import Made
from tests.queries.study import DATASETS, ENCODERS, Study
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

GROUPS = {"overall": list(DATASETS), "fine": ["air", "cars"]}


@pytest.mark.parametrize("scope", GROUPS)
def test_ranks_equal_scipy(study: Study, ask_study: Ask, scope: str) -> None:
    """Mean, SD, SE, n and N are those of scipy over complete blocks that differ."""
    chosen = [list(DATASETS).index(name) for name in GROUPS[scope]]
    blocks = study.medians("ami")[:, chosen].reshape(len(ENCODERS), -1)
    complete = blocks[:, ~np.isnan(blocks).any(axis=0)]
    ranks = scipy.stats.rankdata(-complete[:, np.ptp(complete, axis=0) > 0], axis=0)
    of_block = np.repeat(GROUPS[scope], blocks.shape[1] // len(chosen))
    of_block = of_block[~np.isnan(blocks).any(axis=0)][np.ptp(complete, axis=0) > 0]
    rows = {
        row["encoder"]: row
        for row in ask_study("encoder_ranks")
        if row["scope"] == scope
    }
    got = [
        [rows[name][column] for column in ("mean_rank", "sd_rank", "se_rank")]
        for name in ENCODERS
    ]
    spread = ranks.std(axis=1)
    want = [ranks.mean(axis=1), spread, spread / np.sqrt(ranks.shape[1])]
    np.testing.assert_allclose(got, np.stack(want, axis=1), atol=1e-12)
    assert {(row["n_blocks"], row["n_blocks_total"]) for row in rows.values()} == {
        (ranks.shape[1], blocks.shape[1])
    }
    assert 0 < ranks.shape[1] < blocks.shape[1]
    for place, name in enumerate(ENCODERS):
        parts = {each: ranks[place, of_block == each] for each in {*of_block}}
        ends = (rows[name]["low"], rows[name]["high"])
        assert ends == pytest.approx(interval(parts), abs=1e-12)


@EXAMPLES
@given(tensor=tensors(("ami",)))
def test_each_scope_ranks_its_own_encoders(in_memory: Rows, tensor: Tensor) -> None:
    """Whatever is missing, tied or constant: complete blocks that differ rank all."""
    rows = by(in_memory.put(tensor)("encoder_ranks"), "is_overall", "scope", "encoder")
    groups = [group for _, group in tensor.datasets()]
    scopes: list[tuple[bool, str]] = [(True, "overall")]
    scopes += [(False, group) for group in sorted({*groups} - {None}, key=str) if group]
    expected = 0
    for is_overall, scope in scopes:
        chosen = [d for d, group in enumerate(groups) if is_overall or group == scope]
        kept = [
            e
            for e, (_, family, *_) in enumerate(tensor.encoders())
            if not is_overall or family != "random"
        ]
        blocks = tensor.medians()[kept][:, chosen].reshape(len(kept), -1)
        complete = blocks[:, ~np.isnan(blocks).any(axis=0)]
        differing = complete[:, np.ptp(complete, axis=0) > 0]
        ranks = scipy.stats.rankdata(-differing, axis=0)
        expected += len(kept)
        for e, own in zip(kept, ranks, strict=True):
            row = rows[is_overall, scope, tensor.encoders()[e][0]]
            assert row["mean_rank"] == approx(own.mean() if own.size else None)
            assert row["sd_rank"] == approx(own.std() if own.size else None)
            counts = (row["n_blocks"], row["n_blocks_total"], row["n_encoders"])
            assert counts == (own.size, blocks.shape[1], len(kept))
    assert len(rows) == expected


def ranked(scores: dict[tuple[str, str], float | None]) -> Made:
    """Make scores of encoders on datasets; `rand` was never trained, `ft` tuned."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    for encoder, dataset in scores:
        family = "random" if encoder == "rand" else "ssl"
        made.encoder(encoder, family, backbone="vit", fine_tuned=encoder == "ft")
        made.dataset(dataset, ["a", "b"], group="far")
        cell = made.cell(encoder, dataset, "none", "kmeans")
        made.run(cell, {"ami": scores[encoder, dataset]})
    return made


def test_a_constant_block_ranks_nobody(ask_of: Callable[[Made], Ask]) -> None:
    """A block in which all encoders are equal is left out, and N counts it."""
    made = ranked({("a", "x"): 0.0, ("b", "x"): 0.0, ("a", "y"): 0.1, ("b", "y"): 0.2})
    rows = [row for row in ask_of(made)("encoder_ranks") if row["is_overall"]]
    assert [(row["encoder"], row["mean_rank"]) for row in rows] == [("b", 1), ("a", 2)]
    assert {(row["n_blocks"], row["n_blocks_total"]) for row in rows} == {(1, 2)}


def test_ties_share_the_average_rank(ask_of: Callable[[Made], Ask]) -> None:
    """Equal encoders take the mean of the ranks that they cover; 1 is best."""
    made = ranked({("a", "x"): 0.5, ("b", "x"): 0.5, ("c", "x"): 0.1})
    rows = [row for row in ask_of(made)("encoder_ranks") if row["is_overall"]]
    assert [row["mean_rank"] for row in rows] == [1.5, 1.5, 3.0]


def test_an_incomplete_block_ranks_nobody(ask_of: Callable[[Made], Ask]) -> None:
    """Without the score of one encoder its rows stay, with 0 blocks of N."""
    made = ranked({("a", "x"): 0.5, ("b", "x"): None})
    rows = [row for row in ask_of(made)("encoder_ranks") if row["is_overall"]]
    assert [
        (row["mean_rank"], row["n_blocks"], row["n_blocks_total"]) for row in rows
    ] == [(None, 0, 1)] * 2


@pytest.mark.parametrize(
    ("params", "overall", "group"),
    [
        ({}, {"a", "ft"}, {"a", "ft", "rand"}),
        ({"with_random": True}, {"a", "ft", "rand"}, {"a", "ft", "rand"}),
        ({"with_random": False}, {"a", "ft"}, {"a", "ft"}),
        ({"fine_tuned": "without"}, {"a"}, {"a", "rand"}),
        ({"fine_tuned": "only"}, {"ft"}, {"ft"}),
        ({"encoders": ["a", "rand"]}, {"a"}, {"a", "rand"}),
        ({"backbone": "rn50"}, set(), set()),
        ({"clusterers": ["hdbscan"]}, set(), set()),
        ({"reducer": "umap-50"}, set(), set()),
        ({"domain_group": "near"}, set(), set()),
        ({"dataset": "y"}, set(), set()),
        ({"seed": 2}, set(), set()),
    ],
)
def test_who_is_ranked(
    ask_of: Callable[[Made], Ask],
    params: dict[str, object],
    overall: set[str],
    group: set[str],
) -> None:
    """Untrained encoders are ranked within groups alone, unless asked otherwise."""
    made = ranked({("a", "x"): 0.5, ("ft", "x"): 0.6, ("rand", "x"): 0.1})
    rows = ask_of(made)("encoder_ranks", **params)
    assert {row["encoder"] for row in rows if row["is_overall"]} == overall
    assert {row["encoder"] for row in rows if not row["is_overall"]} == group
