from __future__ import annotations

import pytest

from zsc_wh.errors import DataError
from zsc_wh.exchange.rules import Rule, canonical, parse


@pytest.mark.parametrize(
    ("one", "other"),
    [("30.0", 30), ("True", True), (" ward ", "ward"), ("1e-07", 1e-7), ("-0", 0)],
)
def test_what_means_the_same_is_equal(one: str, other: str | float) -> None:
    """However a table writes numbers and truth values."""
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("wanted", "text", "fits"),
    [
        ("*", "x", True),
        ("*", "", False),
        ("", "", True),
        ("", "x", False),
        ("x", "x", True),
        ("x", "y", False),
    ],
)
def test_a_condition_is_met_by_its_value_alone(
    wanted: str, text: str, fits: bool
) -> None:
    """The star is any value, but there must be one; the empty text is none."""
    rule = Rule({"a": frozenset({wanted})}, parse("name"))
    assert rule.fits({"a": text}) is fits
    assert rule.fits({}) is (wanted == "")


def test_a_name_needs_the_values_that_it_is_made_of() -> None:
    """A name with a hole would stand for many things."""
    with pytest.raises(DataError, match="no value in column 'dim'"):
        parse("umap-{dim:g}").fill({"dim": ""})


def test_a_number_format_needs_a_number() -> None:
    """The error names column and text."""
    with pytest.raises(DataError, match="column 'dim' has 'many', not a number"):
        parse("umap-{dim:g}").fill({"dim": "many"})
