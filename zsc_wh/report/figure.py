"""What a chart builder hands to the page: panels with their specs, legends, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
"""One row of a query, by column."""

CATEGORICAL = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#8c6bb1",
    "#8d8d3c",
)
"""Okabe and Ito's colours (https://jfly.uni-koeln.de/color/), which the colour-blind
can tell apart; black and yellow, which vanish on a dark or a light page, are replaced
by a violet and an olive."""

MANY = (
    *CATEGORICAL,
    "#7fb3d5",
    "#b35900",
    "#4c9f70",
    "#a6507c",
    "#5d6d9e",
    "#c9a227",
    "#3aa6a6",
    "#e07b91",
    "#6b8e23",
    "#9c755f",
    "#b07cc6",
    "#4e79a7",
)
"""Twenty colours for projections, where names are also written at their places."""

REST = "#9a9a9a"
"""Colour of noise, of samples without label, and of categories beyond the palette."""


@dataclass(frozen=True)
class Panel:
    """One drawing: a Vega-Lite specification that takes the width of its box.

    Parameters
    ----------
    title, note : str
        Written over it.
    alt : str
        What it shows, for those who cannot see it.
    spec : dict
        Vega-Lite specification with its data.
    canvas : bool
        Draw pixels instead of shapes: for thousands of points.
    """

    title: str
    note: str
    alt: str
    spec: dict[str, Any]
    canvas: bool = False


@dataclass(frozen=True)
class Group:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


SHAPES: Mapping[str, str] = {
    "circle": "M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0Z",
    "square": "M-5,-5h10v10h-10Z",
    "triangle-up": "M0,-6L6,5H-6Z",
    "diamond": "M0,-7L6,0L0,7L-6,0Z",
    "cross": "M-2,-6h4v4h4v4h-4v4h-4v-4h-4v-4h4Z",
    "triangle-down": "M0,6L6,-5H-6Z",
    "triangle-right": "M6,0L-5,6V-6Z",
    "triangle-left": "M-6,0L5,6V-6Z",
}
"""Shapes of Vega, as the paths that a legend draws."""


@dataclass(frozen=True)
class Swatch:
    """An entry of a legend: a colour, with a shape or a dash where marks have one."""

    label: str
    colour: str
    shape: str = "square"
    dash: tuple[int, ...] = ()

    @property
    def path(self) -> str:
        """The path of its shape."""
        return SHAPES[self.shape]


@dataclass(frozen=True)
class Ramp:
    """A legend of a sequential scale: colours from low to high, and what they mean."""

    colours: tuple[str, ...]
    low: str
    high: str
    label: str


@dataclass(frozen=True)
class Drawing:
    """A figure made of panels.

    Parameters
    ----------
    groups : tuple of Group
        The panels.
    least, ideal, most : int
        A panel never gets narrower than `least` pixels (its box scrolls instead) nor
        wider than `most`; panels stand side by side where each has the `ideal` width
        (0: the least).
    swatches, ramp : tuple of Swatch, Ramp or None
        Legend shared by all panels.
    caption : str
        What the axes of all panels mean, where the panels do not say it.
    """

    groups: tuple[Group, ...]
    least: int = 240
    ideal: int = 0
    most: int = 900
    swatches: tuple[Swatch, ...] = ()
    ramp: Ramp | None = None
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """A figure that is a table: some columns of the rows.

    `percent` names the columns that are shares and are written in percent, `optional`
    those that are left out where no row has a value; a `folded` table shows its heading
    until it is opened. A row whose column `pick` names a cluster makes that cluster
    stand out in the charts.
    """

    columns: tuple[str, ...]
    percent: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    folded: bool = False
    pick: str | None = None


@dataclass(frozen=True)
class Documents:
    """A figure that is a list of texts, each with its name."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Thumb:
    """A small image: a ``data:`` address, and what it shows in words."""

    source: str
    alt: str


@dataclass(frozen=True)
class Strip:
    """A line of small images, all of the cluster `pick`."""

    pick: str
    title: str
    note: str
    thumbs: tuple[Thumb, ...]


@dataclass(frozen=True)
class Gallery:
    """A figure that is lines of small images."""

    strips: tuple[Strip, ...]


Figure = Drawing | Table | Documents | Gallery


def distinct(rows: Sequence[Row], column: str) -> list[Any]:
    """Return the values of a column in order of appearance, without None."""
    return list(dict.fromkeys(row[column] for row in rows if row[column] is not None))


def short(value: Any) -> Any:
    """Cut a number to six significant digits; anything else stays as it is.

    Sums of a parallel query differ in their last digits from run to run; a page does
    not.
    """
    return float(f"{value:.6g}") if isinstance(value, float) else value


def only(rows: Sequence[Row], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows with these columns alone, numbers cut to six significant digits."""
    return [{column: short(row[column]) for column in columns} for row in rows]
