"""Colours of encoders: a hue per family, a shade, a shape and a dash per encoder.

Nine encoders of one family cannot be told apart by colour alone, and the colour-blind
tell fewer; shapes and dashes do not depend on colour. Every colour has a contrast of 3
or more on the light and on the dark page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from zsc_wh.report.figure import SHAPES, Swatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENCODER = "encoder"
"""Column whose values have a family."""

_HUES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "supervised": ("supervised", ("#0072b2", "#4b8fd6", "#3f9bbf")),
    "ssl": ("self-supervised", ("#d55e00", "#c4780a", "#e0603f")),
    "multimodal": ("multimodal", ("#009e73", "#2f8f4e", "#00877a")),
    "random": ("random weights", ("#8c6bb1", "#a85fc4", "#7a68d8")),
    "none": ("no network", ("#7d8488", "#8a8278")),
    "unknown": ("family unknown", ("#b3567d", "#d1608f", "#c76a7a")),
}
"""Words and shades of each family; blue and orange, of the two that are compared most,
are the hues that all the colour-blind tell apart."""

_SHAPES = tuple(SHAPES)
_DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 4))


class Mark(NamedTuple):
    """How an encoder is drawn: a colour, a shape of Vega, and a dash in pixels."""

    colour: str
    shape: str
    dash: tuple[int, ...]


def marks(names: Iterable[Any], families: Mapping[str, str]) -> dict[Any, Mark]:
    """Return how each of some encoders is drawn, in the order of their names.

    Two of a family differ in shade, shape or dash up to 40 encoders; two of any
    families differ in shape or hue.
    """
    counts: dict[str, int] = {}
    found = {}
    for name in names:
        family = _family(name, families)
        place = counts.setdefault(family, 0)
        counts[family] += 1
        shades = _HUES[family][1]
        found[name] = Mark(
            shades[place % len(shades)],
            _SHAPES[place % len(_SHAPES)],
            _DASHES[place % len(_DASHES)],
        )
    return found


def colour_of(name: Any, families: Mapping[str, str]) -> str:
    """Return the first colour of the family of an encoder."""
    return _HUES[_family(name, families)][1][0]


def family_colours(families: Iterable[str]) -> list[str]:
    """Return the first colour of each of some families."""
    return [_HUES.get(family, _HUES["unknown"])[1][0] for family in families]


def legend(names: Iterable[Any], families: Mapping[str, str]) -> tuple[Swatch, ...]:
    """Return the families of some encoders; none where there is one."""
    present = {_family(name, families) for name in names}
    found = [
        Swatch(title, hue[0]) for key, (title, hue) in _HUES.items() if key in present
    ]
    return tuple(found) if len(found) > 1 else ()


def _family(name: Any, families: Mapping[str, str]) -> str:
    family = families.get(str(name), "unknown")
    return family if family in _HUES else "unknown"
