from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import read_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = """
name = "g"
[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""
LARGEST = 2147483647
CLUSTERER = '[clusterer.c]\nkind = "kmeans"\n'
PIXELS = '[encoder.e]\nimage_size = {}\nloader = {{ kind = "pixels" }}\n'
SUBSET = '[dataset.d]\nloader = {{ kind = "digits" }}\nsubset = {{ n = N, seed = S }}\n'
PLACES = {
    "clusterer.c.k": GRID + CLUSTERER + "k = {}\n",
    "clusterer.c.n_init": GRID + CLUSTERER + "n_init = {}\n",
    "probe.p.k": GRID + '[probe.p]\nkind = "knn"\nk = [1, {}]\n',
    "encoder.e.image_size": GRID + PIXELS,
    "dataset.d.subset.n": GRID + SUBSET.replace("N", "{}").replace("S", "0"),
    "dataset.d.subset.seed": GRID + SUBSET.replace("N", "1").replace("S", "{}"),
    "seeds": "seeds = [0, {}]\n" + GRID,
    "cross[0].seeds": GRID + "seeds = [{}]\n",
}


def fault(write_toml: Callable[[str], Path], text: str) -> str:
    path = write_toml(text)
    with pytest.raises(ConfigError) as caught:
        read_grids([str(path)])
    return unnumbered(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(("place", "text"), PLACES.items(), ids=PLACES)
def test_whole_numbers_fit_the_columns_of_the_warehouse(
    write_toml: Callable[[str], Path], place: str, text: str
) -> None:
    """One more than its column holds is refused with its key and the limit."""
    read_grids([str(write_toml(text.format(LARGEST)))])
    for number in (LARGEST + 1, 10**20, 10**400):
        said = fault(write_toml, text.format(number))
        assert said.startswith(f"{place}: ")
        assert str(LARGEST) in said


def test_negative_numbers_have_the_same_limit(
    write_toml: Callable[[str], Path],
) -> None:
    """For fields that do not say where they begin."""
    loader = 'loader = {{ kind = "embeddings", path = "x", missing_label = {} }}'
    text = f"{GRID}[dataset.d]\n{loader.format(-(10**20))}\n"
    said = fault(write_toml, text)
    place = "dataset.d.loader.missing_label"
    assert said == f"{place}: must be at least {-LARGEST}, not {-(10**20)}"


@pytest.mark.parametrize("number", ["inf", "-inf", "nan"])
def test_numbers_are_finite(write_toml: Callable[[str], Path], number: str) -> None:
    """TOML can say others, and no key can hold them."""
    said = fault(write_toml, f"{GRID}{CLUSTERER}tol = {number}\n")
    assert said == f"clusterer.c.tol: must be a finite number, not {number}"


def test_a_number_beyond_a_float_is_refused(write_toml: Callable[[str], Path]) -> None:
    """Whole numbers stand for floats, of which there is a largest."""
    said = fault(write_toml, f"{GRID}{CLUSTERER}tol = {10**400}\n")
    assert said == (
        "clusterer.c.tol: must be at most 1.79769e+308, not a number of more than 30 "
        "digits"
    )


def test_a_number_that_cannot_be_written_is_refused(
    write_toml: Callable[[str], Path],
) -> None:
    """Python does not write whole numbers of thousands of digits."""
    said = fault(write_toml, f"{GRID}{CLUSTERER}standardise = 0x{'f' * 9999}\n")
    assert "not a whole number (a number of more than 30 digits)" in said


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (f"a = {2**63}", "a"),
        (f"a = [1, {-(2**63)}]", "a.1"),
        ("a = { b = nan }", "a.b"),
        ("a = 2024-01-01", "a"),
    ],
)
def test_what_json_cannot_hold_is_found_in_a_table(
    write_toml: Callable[[str], Path], options: str, place: str
) -> None:
    """The place in the table is named; all that TOML promises to keep is kept."""
    loader = 'loader = {{ kind = "random", name = "resnet18", options = {{ {} }} }}\n'
    text = GRID + "[encoder.e]\nimage_size = 8\n" + loader
    read_grids([str(write_toml(text.format(f"a = [{2**63 - 1}, true, 0.5]")))])
    said = fault(write_toml, text.format(options))
    assert said.startswith(
        "encoder.e.loader.options: can hold strings, finite numbers, whole "
    )
    assert said.endswith(f"which '{place}' is not")
