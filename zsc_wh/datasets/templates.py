"""Texts made of the columns of a row: ``part{chunk}/{file}``, ``{number:05d}``."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.datasets.tables import Table


def names_in(template: str) -> tuple[str, ...]:
    """Return the names of the columns in a template.

    Raises
    ------
    ConfigError
        When a brace is not closed, or something else than a name stands in braces.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise _faulty(template) from error
    names = [name for _, name, _, conversion in parts if name is not None or conversion]
    specs = [spec for _, _, spec, _ in parts if spec]
    # an attribute or an item of a value would be looked up by str.format
    if any(not name or set(name) & set(".[]!") for name in names) or any(
        set(spec) & set("{}") for spec in specs
    ):
        raise _faulty(template)
    return tuple(name for name in names if name is not None)


def filled(
    template: str, table: Table, rows: Sequence[int] | None = None
) -> list[str | None]:
    """Return the text of every row, None where one of its columns has no value.

    Parameters
    ----------
    template : str
        Names of columns in braces, with a format after a colon.
    table : Table
        Where they are.
    rows : sequence of int, optional
        Which rows; all if not given.

    Raises
    ------
    ConfigError
        When the template is faulty.
    DataError
        When there is no such column, or a value cannot be written in its format.
    """
    names = names_in(template)
    columns = [table.values(name) for name in names]
    texts: list[str | None] = []
    for row in range(len(table)) if rows is None else rows:
        values = [column[row] for column in columns]
        if None in values:
            texts.append(None)
            continue
        try:
            texts.append(template.format(**dict(zip(names, values, strict=True))))
        except ValueError as error:
            raise DataError(
                what=f"'{template}' cannot be filled in with "
                f"{', '.join(map(repr, values))} ({table.line(row)})",
                where=str(table.path),
                hint="Correct the format; columns of text files hold strings.",
            ) from error
    return texts


def _faulty(template: str) -> ConfigError:
    return ConfigError(
        what=f"'{template}' is not a valid template",
        where="template",
        hint="Write names of columns in braces, such as part{chunk}/{file}, and double "
        "a brace that is part of the text.",
    )
