from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from zsc_wh.datasets import Digests, Listing, read_subset, split, subset_listing
from zsc_wh.datasets.listing import Labels, levels_of
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LABELS = ["a"] * 10 + ["b"] * 5 + ["c"] * 3 + [None] * 2
LISTING = Listing(
    sample_ids=tuple(f"{i:02d}" for i in range(20)),
    sizes=tuple(range(20)),
    levels=levels_of(["class"], [LABELS], "x"),
    ignored=("notes.txt",),
    facts={"exif": "apply"},
    digests=("0" * 64,) * 20,
)


def draw(listing: Listing = LISTING, **given: Any) -> Listing:
    subset = read_subset(given)
    assert subset is not None
    return subset_listing(listing, subset)


def counts(listing: Listing) -> Counter[int | None]:
    return Counter(listing.levels[0].class_index)


@pytest.mark.parametrize("stratified", [True, False])
def test_samples_keep_what_belongs_to_them(stratified: bool) -> None:
    """A subset is in the order of the whole, each sample with its size and label."""
    subset = draw(n=8, stratified=stratified)
    positions = subset.positions
    assert positions is not None
    assert list(positions) == sorted(set(positions))
    assert subset.sample_ids == tuple(LISTING.sample_ids[i] for i in positions)
    assert subset.sizes == positions
    names = subset.levels[0].class_names
    labels = [None if i is None else names[i] for i in subset.levels[0].class_index]
    assert labels == [LABELS[i] for i in positions]
    assert (len(subset), subset.n_whole) == (8, 20)


def test_what_is_not_of_a_sample_stays() -> None:
    """Facts, classes and ignored paths are those of the whole."""
    subset = draw(n=2)
    assert subset.facts == LISTING.facts
    assert subset.ignored == LISTING.ignored
    assert subset.levels[0].class_names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("stratified", "positions"),
    [(True, (0, 4, 7, 9, 10, 12, 16, 19)), (False, (0, 1, 4, 7, 9, 10, 16, 19))],
)
def test_draw_is_the_same_everywhere(
    stratified: bool, positions: tuple[int, ...]
) -> None:
    """The draw is fixed by the seed alone, on any machine."""
    assert draw(n=8, seed=3, stratified=stratified).positions == positions


def test_seeds_differ() -> None:
    """Another seed draws other samples."""
    assert len({draw(n=8, seed=seed).positions for seed in range(5)}) == 5


def test_digests_are_those_that_are_asked_for() -> None:
    """A subset does not take over digests: those of its samples are read for it."""
    assert draw(n=2).digests == ()


def test_whole_dataset_may_be_drawn() -> None:
    """All samples are a subset too."""
    assert draw(n=20).sample_ids == LISTING.sample_ids


@pytest.mark.parametrize(
    ("n", "shares"),
    [
        (10, {0: 5, 1: 3, 2: 1, None: 1}),  # 5, 2.5, 1.5, 1: the earlier tie wins
        (4, {0: 2, 1: 1, 2: 1}),  # 2, 1, 0.6, 0.4
        (19, {0: 9, 1: 5, 2: 3, None: 2}),  # 9.5, 4.75, 2.85, 1.9
    ],
)
def test_classes_share_by_largest_remainder(
    n: int, shares: dict[int | None, int]
) -> None:
    """A class gives in proportion to its size, and so do samples without a label."""
    assert counts(draw(n=n)) == shares


def test_plain_draw_does_not_look_at_labels() -> None:
    """Without stratification the larger draw holds the smaller one."""
    small, large = (draw(n=n, stratified=False).positions for n in (5, 12))
    assert set(small or ()) < set(large or ())
    assert draw(replace(LISTING, levels=()), n=5).positions == small


def test_draw_is_fair() -> None:
    """Every sample is drawn about as often as any other."""
    drawn = Counter(
        position
        for seed in range(1000)
        for position in draw(n=5, seed=seed, stratified=False).positions or ()
    )
    assert min(drawn.values()) > 200  # 250 expected, deviation 14
    assert max(drawn.values()) < 300


def rare(target: str) -> Listing:
    """Give all samples a coarse label, and one of them a fine one."""
    columns: list[Labels] = [["x"] * 20, ["a", *[None] * 19]]
    return replace(LISTING, levels=levels_of(["coarse", "fine"], columns, "x", target))


def test_level_without_labels_left_is_dropped() -> None:
    """A subset has the levels at which it has labels."""
    (level,) = draw(rare("coarse"), n=1).levels
    assert level.name == "coarse"


@pytest.mark.parametrize("stratified", [True, False])
def test_subset_keeps_the_target_level(stratified: bool) -> None:
    """A labelled dataset does not become an unlabelled one by chance."""
    listing = rare("fine")
    with pytest.raises(ConfigError, match="at the target level 'fine'") as caught:
        draw(listing, n=1, stratified=stratified)
    assert "Raise `n`" in caught.value.hint


def test_too_large_subset_names_both_numbers() -> None:
    """Nothing is drawn twice."""
    with pytest.raises(ConfigError, match="21 samples cannot be drawn from 20") as info:
        draw(n=21)
    assert "at most 20" in info.value.hint


@pytest.mark.parametrize("stratified", [True, False])
@pytest.mark.parametrize("seed", [0, 7])
def test_a_split_is_that_of_scikit_learn(stratified: bool, seed: int) -> None:
    """Both parts, in the order in which they are drawn, each sample with its label."""
    (level,) = LISTING.levels
    labels = [-1 if index is None else index for index in level.class_index]
    expected = train_test_split(
        np.arange(20),
        test_size=0.4,
        random_state=seed,
        stratify=labels if stratified else None,
    )
    for part, positions in zip(("train", "test"), expected, strict=True):
        drawn = draw(test_fraction=0.4, part=part, seed=seed, stratified=stratified)
        assert drawn.positions == tuple(positions)
        assert drawn.sample_ids == tuple(f"{i:02d}" for i in positions)
        assert drawn.levels[0].class_index == tuple(
            level.class_index[i] for i in positions
        )
        assert drawn.n_whole == 20
    assert list(expected[1]) != sorted(expected[1])


@pytest.mark.parametrize("fraction", [0.0, 1.0, 0.01])
def test_an_impossible_split_is_told(fraction: float) -> None:
    """A part without samples, or a class that cannot be in both."""
    with pytest.raises(ConfigError, match="20 samples cannot be split"):
        draw(test_fraction=fraction)


@pytest.mark.parametrize("given", [{}, {"seed": 1}, {"n": 3, "test_fraction": 0.5}])
def test_a_subset_is_a_draw_or_a_split(given: dict[str, Any]) -> None:
    """Neither and both mean nothing."""
    assert read_subset(given) is None


SPACED = replace(
    LISTING,
    levels=levels_of(
        ["age"],
        # by age: 4, 8, 12, 16 | 1, 5, 9, 13, 17 | 2, 6, 10, 14, 18 | 7 | the rest
        [[9, 1, 2, 9, 0, 1, 2, 5, 0, 1, 2, 9, 0, 1, 2, 9, 0, 1, 2, 9]],
        "x",
    ),
)


def test_a_spaced_split_takes_even_distances() -> None:
    """From the third sample by class to the third from the end, rounded."""
    # linspace(2, 17, 5) = 2, 5.75, 9.5, 13.25, 17 -> 2, 6, 10, 13, 17
    test = draw(SPACED, test_fraction=0.25, way="spaced")
    assert test.positions == (12, 9, 6, 18, 11)
    train = draw(SPACED, test_fraction=0.25, way="spaced", part="train")
    assert train.positions == (4, 8, 16, 1, 5, 13, 17, 2, 10, 14, 7, 0, 3, 15, 19)


def test_a_spaced_split_leaves_every_class_in_train() -> None:
    """The first of a class that is in the test part alone moves back."""
    # linspace(2, 17, 7) = 2, 4.5, 7, 9.5, 12, 14.5, 17 -> 2, 4, 7, 10, 12, 14, 17
    test = draw(SPACED, test_fraction=0.35, way="spaced")
    # 14 is the only one of age 5
    assert test.positions == (12, 1, 13, 6, 14, 11)
    train = draw(SPACED, test_fraction=0.35, way="spaced", part="train")
    assert sorted((*test.positions, *(train.positions or ()))) == list(range(20))
    assert 7 in (train.positions or ())


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.95, 1.0])
def test_an_impossible_spaced_split_is_told(fraction: float) -> None:
    """A part without samples, or positions that would meet."""
    with pytest.raises(ConfigError, match="20 samples cannot be split"):
        draw(SPACED, test_fraction=fraction, way="spaced")


def test_a_spaced_split_needs_labels() -> None:
    """Samples without a label have no place in the order."""
    with pytest.raises(ConfigError, match="needs a label of every sample"):
        draw(test_fraction=0.25, way="spaced")


def test_a_split_is_cut_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept beside the digests, by labels, seed, share and part."""
    cut: list[int] = []
    original = split._cut

    def counted(*given: Any) -> list[int]:
        cut.append(1)
        return original(*given)

    monkeypatch.setattr(split, "_cut", counted)
    other = replace(LISTING, levels=levels_of(["class"], [LABELS[::-1]], "x"))
    asked = [
        (listing, {"test_fraction": 0.4, "seed": seed, "part": part})
        for listing in (LISTING, other)
        for seed in (0, 1)
        for part in ("test", "train")
    ]
    for _ in range(2):
        for listing, given in asked:
            subset = read_subset(given)
            assert subset is not None
            found = subset_listing(listing, subset, Digests(tmp_path))
            assert found == draw(listing, **given)
            cut.pop()  # that of the other side
    assert len(cut) == len(asked)
