"""Declared corrections of a table: what to write where, and under which conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.templates import filled, names_in
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.datasets.tables import Table

REPAIR: Mapping[str, Field] = {
    "column": Field(str, doc="column to change, or to make"),
    "value": Field(
        str,
        doc="what to write, with other columns in braces; where one of them has no "
        "value, nothing is written",
    ),
    "first_word": Field(
        bool, default=False, doc="whether only the first word of it is written"
    ),
    "where": Field(
        dict,
        default={},
        doc='rows to change, such as { genus = "Asteia" }; all if empty',
    ),
    "missing": Field(
        bool, default=False, doc="whether only rows without a value are changed"
    ),
    "known": Field(
        list, default=[], doc="columns that must have a value for a row to be changed"
    ),
}
"""What can be said of a correction."""


def repair(
    table: Table, rules: Sequence[Mapping[str, Any]], missing: Sequence[str]
) -> None:
    """Apply corrections to a table, one after another.

    Parameters
    ----------
    table : Table
        Changed in place.
    rules : sequence of mapping
        Complete tables of `REPAIR`; each sees what those before it wrote.
    missing : sequence of str
        Texts that stand for no value.

    Raises
    ------
    ConfigError
        When a rule has a faulty template or condition.
    DataError
        When there is no such column.
    """
    for rule in rules:
        _apply(table, rule, {*missing})


def _apply(table: Table, rule: Mapping[str, Any], missing: set[str]) -> None:
    name = rule["column"]
    if name not in table.names:
        table.add(name, [None] * len(table))

    def texts(column: str) -> list[str | None]:
        return [None if t in missing else t for t in table.as_texts(column)]

    for column in {name, *rule["known"], *names_in(rule["value"])}:
        # so that neither a template nor a later rule takes "not_classified" for a value
        table.add(column, texts(column))
    old = texts(name)
    chosen = [True] * len(table)
    for column, wanted in rule["where"].items():
        if not isinstance(wanted, str):
            raise ConfigError(
                what=f"where.{column} of a repair of '{name}' must be a string",
                where=str(table.path),
                hint='Such as where = { genus = "Asteia" }.',
            )
        found = texts(column)
        chosen = [is_ and t == wanted for is_, t in zip(chosen, found, strict=True)]
    for column in rule["known"]:
        found = texts(column)
        chosen = [is_ and t is not None for is_, t in zip(chosen, found, strict=True)]
    if rule["missing"]:
        chosen = [is_ and t is None for is_, t in zip(chosen, old, strict=True)]
    rows = [row for row, is_chosen in enumerate(chosen) if is_chosen]
    for row, new in zip(rows, filled(rule["value"], table, rows), strict=True):
        if new is not None:
            old[row] = new.split()[0] if rule["first_word"] and new.split() else new
    table.add(name, old)
