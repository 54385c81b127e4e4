"""What the reference speaks of: each kind of file, table, loader, method and chart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zsc_wh import clusterers, datasets, encoders, probes, reducers
from zsc_wh.declare.cells import CROSS, STUDY
from zsc_wh.declare.grid import GRID
from zsc_wh.declare.images import DATASET, ENCODER, EXPECTED, PREPROCESSING
from zsc_wh.declare.methods import CLUSTERER, K, can_take_k
from zsc_wh.declare.recipes import EXCEPTION, RECIPE, STEP
from zsc_wh.declare.scores import SCORE
from zsc_wh.declare.tables import COMMON, KIND
from zsc_wh.errors import ConfigError
from zsc_wh.exchange import contract
from zsc_wh.exchange.mapping import TYPES
from zsc_wh.fields import Field, nearest
from zsc_wh.report.keys import EXTENSION, FIGURE, REPORT, SECTION, TILE
from zsc_wh.report.kinds import CHARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Keys:
    """The keys of one table.

    Parameters
    ----------
    table : str
        How TOML writes it, such as ``[dataset.NAME]``; empty for the top of a file.
    fields : mapping of str to Field
        Its keys.
    """

    table: str
    fields: Mapping[str, Field]


@dataclass(frozen=True)
class Topic:
    """One thing that can be declared.

    Parameters
    ----------
    name : str
        What ``zscwh help`` is asked for.
    of : str
        The topic of which it is a kind; empty for one of its own.
    doc : str
        One line for people.
    keys : tuple of Keys
        Its tables.
    """

    name: str
    of: str
    doc: str
    keys: tuple[Keys, ...]

    @property
    def title(self) -> str:
        """Its name, with that of which it is a kind."""
        return f"{self.name} ({self.of})" if self.of else self.name


def is_known(name: str) -> bool:
    """Whether a name is that of a topic."""
    return any(topic.name == name for topic in TOPICS)


def about(name: str) -> list[Topic]:
    """Return the topics of a name; several kinds may have the same.

    Raises
    ------
    ConfigError
        When there is none.
    """
    found = [topic for topic in TOPICS if topic.name == name]
    if not found:
        known = list(dict.fromkeys(topic.name for topic in TOPICS))
        raise ConfigError(
            what=f"no help for '{name}'{nearest(name, known)}",
            hint="`zscwh help` lists what there is.",
        )
    return found


def kinds_of(topic: str) -> list[Topic]:
    """Return the kinds of a topic."""
    return [kind for kind in TOPICS if kind.of == topic]


def _kind(name: str) -> dict[str, Field]:
    return {"kind": replace(KIND["kind"], choices=(name,))}


def _methods(topic: str, methods: Mapping[str, Any]) -> Iterator[Topic]:
    for name, method in methods.items():
        more = {}
        if topic == "clusterer":
            more = {**({"k": K} if can_take_k(method) else {}), **CLUSTERER}
        fields = {**_kind(name), **method.fields, **more, **COMMON}
        yield Topic(name, topic, method.doc, (Keys(f"[{topic}.NAME]", fields),))


def _loaders(topic: str, loaders: Mapping[str, Any]) -> Iterator[Topic]:
    for name, loader in loaders.items():
        table = f"{topic}.NAME.loader"
        own = Keys(f"[{table}]", {**_kind(name), **loader.fields})
        nested = [
            Keys(
                f"[[{table}.{key}]]" if field.type is list else f"[{table}.{key}]",
                inner,
            )
            for key, field in loader.fields.items()
            if (inner := field.fields)
        ]
        yield Topic(name, topic, loader.doc, (own, *nested))


def _mapping() -> Topic:
    scores = {
        name: Field(
            float, default=None, doc=f"{metric}, space {space}, subset {subset}"
        )
        for name, (metric, space, subset) in contract.SCORES.items()
    }
    named = [
        Keys(f"columns {kind}_KEY", fields) for kind, fields in contract.NAMED.items()
    ]
    return Topic(
        "mapping",
        "",
        "a .sql file with one SELECT that reads the table tracked, one row per line of "
        "the files, and gives these columns; its header types those that it takes "
        f"({', '.join(TYPES)})",
        (
            Keys("columns of the cell", contract.PLACE),
            Keys("columns of the run", contract.RUN),
            Keys("columns of the labels", contract.LEVEL),
            Keys("columns of scores", scores),
            *named,
        ),
    )


def _charts() -> Iterator[Topic]:
    for name, chart in CHARTS.items():
        keys = Keys("[section.figure.chart]", {**_kind(name), **chart.fields})
        yield Topic(name, "report", chart.doc, (keys,))


TOPICS: tuple[Topic, ...] = (
    Topic(
        "grid",
        "",
        "a file that declares what is run; it may hold datasets, encoders and all "
        "else of a catalog",
        (Keys("", GRID),),
    ),
    Topic(
        "cross",
        "",
        "part of a grid: everything with everything",
        (Keys("[[cross]]", CROSS),),
    ),
    Topic(
        "study",
        "",
        "part of a grid: each encoder with what a recipe selects for it",
        (Keys("[[study]]", STUDY),),
    ),
    Topic(
        "dataset",
        "",
        "a set of images, or of stored features",
        (
            Keys("[dataset.NAME]", {**DATASET, **COMMON}),
            Keys("[dataset.NAME.subset]", datasets.SUBSET),
            Keys("[dataset.NAME.expected]", EXPECTED),
        ),
    ),
    *_loaders("dataset", datasets.LOADERS),
    Topic(
        "encoder",
        "",
        "a frozen network with its preprocessing, or what stands for one",
        (Keys("[encoder.NAME]", {**ENCODER, **PREPROCESSING, **COMMON}),),
    ),
    *_loaders("encoder", encoders.LOADERS),
    Topic("reducer", "", "a method that makes fewer features", ()),
    *_methods("reducer", reducers.METHODS),
    Topic("clusterer", "", "a method that makes clusters", ()),
    *_methods("clusterer", clusterers.METHODS),
    Topic("probe", "", "a classifier on the features of an encoder", ()),
    *_methods("probe", probes.METHODS),
    Topic(
        "score",
        "",
        "a measure of how good clusters are",
        (Keys("[score.NAME]", {**SCORE, **COMMON}),),
    ),
    Topic(
        "recipe",
        "",
        "a table of reducers and clusterers, selected for each encoder",
        (
            Keys("[recipe.NAME]", {**RECIPE, **COMMON}),
            Keys("[recipe.NAME.encoder.ENCODER.SLOT]", STEP),
            Keys("[[recipe.NAME.exception]]", EXCEPTION),
        ),
    ),
    _mapping(),
    Topic(
        "report",
        "",
        "a file that declares the sections of a report",
        (
            Keys("", REPORT),
            Keys("with extends", EXTENSION),
            Keys("[[tile]]", TILE),
            Keys("[[section]]", SECTION),
            Keys("[[section.figure]]", FIGURE),
        ),
    ),
    *_charts(),
)
"""Everything that can be declared, in the order of the page."""
