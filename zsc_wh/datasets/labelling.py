"""Label levels as declared: found by a pattern, named, made of other levels."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.listing import Level, check_levels, levels_of
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.datasets.listing import Labels

PATTERN = Field(
    str,
    default=None,
    doc="regular expression that finds labels in the path of an image, with a group "
    "per level, such as (?P<age>[0-9]+)_(?P<gender>[01])_",
)

CLASSES: Mapping[str, Field] = {
    "class_names": Field(
        dict,
        default={},
        doc="names of the labels of a level, in the order of the classes, such as "
        '{ gender = { "0" = "male", "1" = "female" } }; a label without a name is an '
        "error",
    ),
    "combined": Field(
        dict,
        default={},
        doc="levels made of others, a class per combination, such as "
        '{ class = ["magnification", "type"] }',
    ),
}
"""Parameters of every loader that has named levels."""


def found_in_paths(
    pattern: str, levels: Sequence[str], paths: Sequence[str]
) -> dict[str, list[str | int | None]]:
    """Return the label of every path at each level, None where nothing is found.

    Parameters
    ----------
    pattern : str
        Regular expression, searched for in each path.
    levels : sequence of str
        Names of its groups.
    paths : sequence of str
        Paths with forward slashes.

    Raises
    ------
    ConfigError
        When `pattern` is not a regular expression or lacks the group of a level.

    Notes
    -----
    If all labels of a level are whole numbers, they are numbers and sort by value.
    """
    expression = compiled(pattern)
    _check_groups(expression, levels)
    found = [expression.search(path) for path in paths]
    return {
        name: as_numbers([match and match[name] for match in found]) for name in levels
    }


def as_numbers(texts: Sequence[str | None]) -> list[str | int | None]:
    """Return texts as numbers where all of them are; leading zeros make a text."""
    if all(text is None or _NUMBER.fullmatch(text) for text in texts):
        return [None if text is None else int(text) for text in texts]
    return list(texts)


_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a regular expression.

    Raises
    ------
    ConfigError
        When it is none.
    """
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(
            what=f"pattern = '{pattern}' is not a valid regular expression",
            where="pattern",
            hint=f"The fault is near character {getattr(error, 'pos', None) or 0}; the "
            "syntax is that of Python's re module.",
        ) from error


def _check_groups(expression: re.Pattern[str], levels: Sequence[str]) -> None:
    groups = list(expression.groupindex)
    for level in levels:
        if level not in groups:
            raise ConfigError(
                what=f"the pattern has no group for the level '{level}'"
                + nearest(level, groups),
                where=expression.pattern,
                hint=f"Its groups are {', '.join(groups) or 'none'}: name them in "
                "`levels`, coarse to fine, or write (?P<" + level + ">...).",
            )


def make_levels(
    params: Mapping[str, Any], columns: Mapping[str, Labels], where: str
) -> tuple[Level, ...]:
    """Make the declared levels from the labels of every sample.

    Parameters
    ----------
    params : mapping
        `levels`, `target`, and those of `CLASSES`.
    columns : mapping of str to Labels
        By level, in sample order; those in `combined` are made of others.
    where : str
        What the labels were read from, for messages.

    Raises
    ------
    ConfigError
        When a level is named twice, `target` is none of the levels, or `class_names`
        or `combined` names something that is not a level.
    DataError
        When a level has no labels, or a label has no name.

    Notes
    -----
    The classes of a combined level are numbered in the order of the classes of its
    parts, the first part first, and named by the parts with a slash between them. A
    sample without a label at one of the parts has none.
    """
    names, combined = params["levels"], params["combined"]
    check_levels(names, where, params["target"])
    plain = [name for name in names if name not in combined]
    made = {
        level.name: level
        for level in levels_of(plain, [columns[name] for name in plain], where)
    }
    for name, texts in params["class_names"].items():
        _check_named("class_names", name, made, where)
        made[name] = _named(made[name], texts, where)
    for name, parts in combined.items():
        if not isinstance(parts, list) or name not in names:
            raise ConfigError(
                what=f"combined.{name} must be one of `levels` and list other levels",
                where=where,
                hint='Such as levels = ["a", "b", "both"], combined = '
                '{ both = ["a", "b"] }.',
            )
        for part in parts:
            _check_named(f"combined.{name}", part, made, where)
        made[name] = _combined(name, [made[part] for part in parts], where)
    target = params["target"] or (names[-1] if names else None)
    return tuple(
        replace(made[name], depth=depth, is_target=name == target)
        for depth, name in enumerate(names)
    )


def _check_named(key: str, name: Any, made: Mapping[str, Level], where: str) -> None:
    if name not in made:
        raise ConfigError(
            what=f"{key} names '{name}', which is not a level"
            + nearest(str(name), made),
            where=where,
            hint=f"The levels are: {', '.join(made) or 'none'}.",
        )


def _named(level: Level, names: Any, where: str) -> Level:
    """Return a level with declared names of its labels, in their order."""
    if (
        not isinstance(names, dict)
        or not all(isinstance(name, str) for name in names.values())
        or len(set(names.values())) < len(names)
    ):
        raise ConfigError(
            what=f"class_names.{level.name} must be a table from each label to a name "
            "of its own",
            where=where,
            hint='Such as { "0" = "male", "1" = "female" }.',
        )
    index = {label: position for position, label in enumerate(names)}
    for label in level.class_names:
        if label not in index:
            raise DataError(
                what=f"the label '{label}' of the level '{level.name}' is not among "
                f"its {len(names)} class names",
                where=where,
                hint=f"Name it in class_names.{level.name}, or correct the labels.",
            )
    renumbered = [index[label] for label in level.class_names]
    return replace(
        level,
        class_names=tuple(names.values()),
        class_index=tuple(
            None if old is None else renumbered[old] for old in level.class_index
        ),
    )


def _combined(name: str, parts: Sequence[Level], where: str) -> Level:
    """Return the level of which a class is a combination of classes."""
    rows = list(zip(*(part.class_index for part in parts), strict=True))
    classes = sorted({row for row in rows if None not in row})
    if not classes:
        raise DataError(
            what=f"no sample has a label at all parts of the level '{name}'",
            where=where,
            hint=f"Leave '{name}' out of `levels`, or correct the labels.",
        )
    index = {row: position for position, row in enumerate(classes)}
    return Level(
        name=name,
        depth=0,
        is_target=False,
        class_names=tuple(
            "/".join(part.class_names[i] for part, i in zip(parts, row, strict=True))
            for row in classes
        ),
        class_index=tuple(index.get(row) for row in rows),
    )
