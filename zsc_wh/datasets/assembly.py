"""Put the rows of a manifest together: joined tables, repairs, parents, chosen rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.distinct import DISTINCT, keep_distinct
from zsc_wh.datasets.hierarchy import HIERARCHY, add_parents
from zsc_wh.datasets.repairs import REPAIR, repair
from zsc_wh.datasets.sources import resolve
from zsc_wh.datasets.tables import Table
from zsc_wh.datasets.templates import names_in
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FORM: Mapping[str, Field] = {
    "columns": Field(
        list,
        default=[],
        doc="names of the columns of a text file without a header, separated by blanks "
        "unless it is a .csv or .tsv; the last takes the rest of a line. Of a .mat "
        "file, the arrays that are columns",
    ),
    "skip": Field(
        int,
        default=0,
        minimum=0,
        doc="lines to skip at the beginning of a text file separated by blanks",
    ),
    "first_column": Field(
        str,
        default=None,
        doc="name of the first column of a text file separated by blanks whose header "
        "leaves it out, as R writes tables",
    ),
}
"""How a table is to be read."""

JOIN: Mapping[str, Field] = {
    "path": Field(str, doc="the table; a relative path starts at that of the first"),
    "on": Field(str, doc="column that tells which row of this table belongs to a row"),
    "key": Field(
        str, default=None, doc="column of this table to find it in; as `on` by default"
    ),
    "numbered": Field(
        bool, default=False, doc="whether `on` holds numbers of rows, from 1"
    ),
    **FORM,
}
"""What can be said of a table that is joined."""

ROWS: Mapping[str, Field] = {
    **FORM,
    "join": Field(
        list,
        default=[],
        items=dict,
        fields=JOIN,
        doc="more tables whose columns belong to the same rows, such as "
        '[{ path = "labels.txt", columns = ["id", "class"], on = "id" }]',
    ),
    "repairs": Field(
        list,
        default=[],
        items=dict,
        fields=REPAIR,
        doc="values to correct or fill in, in this order, such as "
        '[{ column = "tribe", value = "unassigned {family}", missing = true }]',
    ),
    "hierarchy": Field(
        dict,
        default=None,
        fields=HIERARCHY,
        doc="table of the parents of classes, from which coarser levels are made",
    ),
    "distinct": Field(
        dict,
        default=None,
        fields=DISTINCT,
        doc="keep one row for every value of a column, before other rows are chosen",
    ),
    "where": Field(
        dict, default={}, doc="rows to keep: by column, a string or a list of strings"
    ),
    "listed": Field(
        dict,
        default={},
        doc="rows to keep: by column, text files with a value per line, such as "
        '{ id = ["test.txt"] }; relative paths start at the folder of the table',
    ),
    "unlisted": Field(
        dict, default={}, doc="rows to drop, declared in the same way as `listed`"
    ),
}
"""Parameters that say which rows there are."""


def assembled(params: Mapping[str, Any], base: Path, needed: Sequence[str]) -> Table:
    """Return the table of the rows that are samples.

    Parameters
    ----------
    params : mapping
        `path`, `missing` and those of `ROWS`.
    base : Path
        Where a relative `path` starts.
    needed : sequence of str
        Columns that the caller will ask for.

    Raises
    ------
    ConfigError
        When a path names a variable that is not set, or a parameter holds something
        that it cannot.
    DataError
        When a file cannot be read, lacks a column, or does not go with the others.
    """
    file = resolve(params["path"], base)
    wanted = {*needed, *_columns_used(params)}
    table = _table(file, params, wanted)
    for each in params["join"]:
        key = None if each["numbered"] else each["key"] or each["on"]
        other = _table(
            resolve(each["path"], file.parent),
            each,
            wanted | ({key} if key else set()),
        )
        table.join(other, each["on"], key)
    repair(table, params["repairs"], params["missing"])
    if params["hierarchy"] is not None:
        spec = params["hierarchy"]
        add_parents(table, resolve(spec["path"], file.parent), spec)
    if params["distinct"] is not None:
        keep_distinct(table, params["distinct"])
    table.keep(_texts("where", params["where"], str(file)))
    for key in ("listed", "unlisted"):
        for column, names in _texts(key, params[key], str(file)).items():
            values = {value for name in names for value in _lines(name, file.parent)}
            if key == "listed":
                table.keep({column: sorted(values)})
            else:
                table.drop(column, values)
    return table


def _columns_used(params: Mapping[str, Any]) -> Iterator[str]:
    """Yield the columns by which rows are chosen and changed."""
    for key in ("where", "listed", "unlisted"):
        yield from params[key]
    for each in params["join"]:
        yield each["on"]
    for rule in params["repairs"]:
        yield from (rule["column"], *rule["known"], *rule["where"])
        yield from names_in(rule["value"])
    if params["hierarchy"] is not None:
        yield params["hierarchy"]["of"]
    if params["distinct"] is not None:
        yield from (params["distinct"]["column"], params["distinct"]["sort"])


def _table(file: Path, form: Mapping[str, Any], wanted: set[str]) -> Table:
    if form["columns"] and form["first_column"]:
        raise ConfigError(
            what="`columns` names all columns, and `first_column` the one that a "
            "header leaves out",
            where=str(file),
            hint="Declare one of them.",
        )
    return Table(
        file,
        columns=form["columns"],
        skip=form["skip"],
        first_column=form["first_column"],
        wanted=wanted,
    )


def _texts(key: str, given: Mapping[str, Any], file: str) -> dict[str, list[str]]:
    """Return the texts that are declared for each column."""
    texts = {
        column: [value] if isinstance(value, str) else value
        for column, value in given.items()
    }
    for column, values in texts.items():
        if not isinstance(values, list) or not all(isinstance(t, str) for t in values):
            raise ConfigError(
                what=f"{key}.{column} must be a string or a list of strings",
                where=file,
                hint='Write numbers as strings too, as in { fold = "1" }.',
            )
    return texts


def _lines(name: str, folder: Path) -> Iterator[str]:
    """Yield the values in a file, one on a line; blank lines are not values."""
    path = resolve(name, folder)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            what="the list cannot be read: there is no such text file in UTF-8",
            where=str(path),
            hint="A relative path starts at the folder of the table.",
        ) from error
    yield from filter(None, map(str.rstrip, text.split("\n")))
