"""Read and check the ``.sql`` files: tables, views, macros, audits, queries, ...

Each file holds one thing and says in its header what it is, so that help texts, shard
types and tests come from the file itself and SQL never has to be parsed: a header is
comment lines in a fixed order, and a table is written one column per line. Nothing here
knows DuckDB; that the headers tell the truth is proved by tests that ask DuckDB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from zsc_wh.analyses import STEPS
from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest
from zsc_wh.resources import data_folder
from zsc_wh.sqlheader import Entry, fault, names, split
from zsc_wh.sqlparams import Parameter, read_parameter
from zsc_wh.sqlreferences import Reference, read_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Column:
    """One declared column of a query: name, SQL type, help with unit and range."""

    name: str
    type: str
    help: str


@dataclass(frozen=True)
class Query:
    """A named query.

    Parameters
    ----------
    name, doc : str
        File stem, and one sentence with the grain.
    params : tuple of Parameter
        Declared parameters, in order.
    columns : tuple of Column
        Declared columns of the result, in order.
    reads : tuple of str
        Tables and views that it reads.
    sql : str
        The statement, without the header.
    path : Path
        The file.
    line : int
        Line of the file, from 1, where the statement begins.
    then : tuple of str
        Names of the steps (`zsc_wh.analyses`) that its rows go through, in order.
    """

    name: str
    doc: str
    params: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    reads: tuple[str, ...]
    sql: str
    path: Path
    line: int
    then: tuple[str, ...] = ()

    @property
    def step_params(self) -> frozenset[str]:
        """Names of the parameters that its steps read, and its SQL does not."""
        return frozenset().union(*(STEPS[name].params for name in self.then))


@dataclass(frozen=True)
class Table:
    """A table of the warehouse.

    Parameters
    ----------
    name, doc : str
        File stem, and one sentence with the grain.
    key : tuple of str
        Columns of the primary key.
    columns : mapping of str to str
        SQL type of each column, in order.
    required : frozenset of str
        Columns that are NOT NULL.
    references : tuple of Reference
        Columns that name a row of another table.
    sql : str
        The statements, without the header.
    path : Path
        The file.
    """

    name: str
    doc: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    required: frozenset[str]
    references: tuple[Reference, ...]
    sql: str
    path: Path

    def columns_to(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the columns that refer to one of some tables."""
        wanted = {*names}
        return tuple(r.column for r in self.references if wanted & {*r.parents})


@dataclass(frozen=True)
class Statement:
    """A view, macro, audit or migration: name, sentence, what it reads, and SQL."""

    name: str
    doc: str
    reads: tuple[str, ...]
    sql: str
    path: Path


def read_query(path: Path) -> Query:
    """Read one query file.

    Raises
    ------
    ConfigError
        When the header is incomplete, out of order or malformed, when the name is not
        the file stem, or when there is no statement; names file and line.
    """
    parts = split(path, ("name", "doc", "params", "columns", "reads"), ("then",))
    header = parts.header
    params = tuple(read_parameter(entry, path) for entry in header["params"].items)
    columns = tuple(_column(entry, path) for entry in header["columns"].items)
    _refuse_twice([param.name for param in params], header["params"], path)
    _refuse_twice([column.name for column in columns], header["columns"], path)
    if not columns:
        raise fault(path, header["columns"].line, "the query declares no column")
    then = header.get("then")
    steps = names(then, path) if then else ()
    for step in steps:
        _check_step(step, params, columns, f"{path}:{then.line if then else 0}")
    return Query(
        name=header["name"].text,
        doc=header["doc"].text,
        params=params,
        columns=columns,
        reads=names(header["reads"], path),
        sql=parts.sql,
        path=path,
        line=parts.line,
        then=steps,
    )


def read_table(path: Path) -> Table:
    """Read one table file: header, then ``create table`` with one column per line.

    Raises
    ------
    ConfigError
        As `read_query`, and when a line of the table is neither a column nor a
        constraint.
    """
    parts = split(path, ("name", "doc", "key", "refers"))
    header = parts.header
    name = header["name"].text
    lines = parts.sql.splitlines()
    if lines[0] != f"create table {name} (" or ");" not in lines:
        what = f"the statement must begin with 'create table {name} ('"
        raise fault(path, parts.line, what, "It ends with ');' on a line of its own.")
    columns: dict[str, str] = {}
    required = set()
    for number, text in enumerate(lines[1 : lines.index(");")], parts.line + 1):
        if _CONSTRAINT.match(text):
            continue
        match = _COLUMN.match(text)
        if match is None:
            raise fault(path, number, f"not a column or a constraint: {text.strip()}")
        columns[match["name"]] = match["type"]
        if match["required"]:
            required.add(match["name"])
    key = names(header["key"], path)
    for column in key:
        if column not in required:
            what = f"the key column '{column}' is not a column declared not null"
            raise fault(path, header["key"].line, what)
    references = tuple(read_reference(item, path) for item in header["refers"].items)
    for (line, _), reference in zip(header["refers"].items, references, strict=True):
        if reference.column not in columns:
            raise fault(path, line, f"the table has no column '{reference.column}'")
    return Table(
        name=name,
        doc=header["doc"].text,
        key=key,
        columns=columns,
        required=frozenset(required),
        references=references,
        sql=parts.sql,
        path=path,
    )


def read_statement(path: Path, *, reads: bool = True) -> Statement:
    """Read one view, macro or audit, or, without `reads`, one migration.

    Raises
    ------
    ConfigError
        As `read_query`.
    """
    keys = ("name", "doc", "reads") if reads else ("name", "doc")
    parts = split(path, keys)
    return Statement(
        name=parts.header["name"].text,
        doc=parts.header["doc"].text,
        reads=names(parts.header["reads"], path) if reads else (),
        sql=parts.sql,
        path=path,
    )


@cache
def tables() -> Mapping[str, Table]:
    """Return all tables of the warehouse by name; parents need not come first."""
    paths = sorted((data_folder("schema") / "tables").glob("*.sql"))
    return {path.stem: read_table(path) for path in paths}


@cache
def array_tables() -> Mapping[str, Table]:
    """Return the tables of stored arrays by name: each row has the `uri` of one."""
    return {name: table for name, table in tables().items() if "uri" in table.columns}


@cache
def views() -> Mapping[str, Statement]:
    """Return all views of the warehouse by name, each after the views that it reads."""
    return _in_order("views", _recorded_array())


@cache
def macros() -> Mapping[str, Statement]:
    """Return all macros by name, each after the macros that it calls."""
    return _in_order("macros")


def _recorded_array() -> Statement:
    """Return the view of all arrays, in which a new table of arrays is by itself."""
    found = array_tables()
    selects = [
        f"select {table.key[0]} as key, {parent} as parent_key, sha256, created_at"  # noqa: S608 - our files
        f" from {name}"
        for name, table in found.items()
        for parent in table.columns_to(found) or ("null",)
    ]
    return Statement(
        name="recorded_array",
        doc="one row per stored array and array that it hangs on",
        reads=tuple(found),
        sql="create or replace view recorded_array as\n"
        + "\nunion all\n".join(selects),
        path=data_folder("schema") / "tables",
    )


def _in_order(folder: str, *made: Statement) -> Mapping[str, Statement]:
    """Return the statements of a folder by name, each after those that it reads."""
    paths = sorted((data_folder("schema") / folder).glob("*.sql"))
    left = {one.name: one for one in (*map(read_statement, paths), *made)}
    ordered: dict[str, Statement] = {}
    while left:
        ready = [name for name, file in left.items() if not left.keys() & {*file.reads}]
        if not ready:
            what = f"the {folder} {', '.join(left)} read each other in a circle"
            raise ConfigError(what=what, where=str(paths[0].parent))
        for name in ready:
            ordered[name] = left.pop(name)
    return ordered


@cache
def audits() -> Mapping[str, Statement]:
    """Return the audits that have a file, by name."""
    paths = sorted((data_folder("schema") / "audits").glob("*.sql"))
    return {path.stem: read_statement(path) for path in paths}


def queries(*folders: Path) -> dict[str, Query]:
    """Return the shipped queries and those of the user's `folders` by name.

    Raises
    ------
    ConfigError
        When a file is malformed, a folder does not exist, or two files have one name.
    """
    found: dict[str, Query] = {}
    for folder in (data_folder("queries"), *folders):
        if not folder.is_dir():
            raise ConfigError(
                what="no such folder of queries",
                where=str(folder),
                hint="Give a folder that holds .sql files.",
            )
        for path in sorted(folder.glob("*.sql")):
            query = read_query(path)
            if query.name in found:
                raise ConfigError(
                    what=f"there is already a query '{query.name}'",
                    where=str(path),
                    hint=f"Rename it; the other one is {found[query.name].path}.",
                )
            found[query.name] = query
    return found


_COLUMN = re.compile(
    r"    (?P<name>[a-z][a-z0-9_]*) (?P<type>[a-z]+(?:\[\])?)"
    r"(?P<required> not null)?,?$"
)
_CONSTRAINT = re.compile(r"    (?:primary key|check|unique) \(.*\),?$")
_RESULT = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*)\s+(?P<type>[a-z]+(?:\([0-9, ]+\))?(?:\[\])*)"
    r"\s+(?P<help>\S.*)$"
)


def _refuse_twice(names: list[str], entry: Entry, path: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise fault(path, entry.line, f"'{name}' is declared twice")


def _check_step(
    name: str, params: Iterable[Parameter], columns: Iterable[Column], where: str
) -> None:
    """Check that a query declares what one of its steps reads and adds."""
    if name not in STEPS:
        what = f"there is no step '{name}'" + nearest(name, STEPS)
        hint = f"Steps are {', '.join(STEPS)}."
        raise ConfigError(what=what, where=where, hint=hint)
    step = STEPS[name]
    for noun, sign, wanted, declared in (
        ("parameter", "$", step.params, {param.name: param.type for param in params}),
        ("column", "", step.gives, {column.name: column.type for column in columns}),
    ):
        for key, kind in wanted.items():
            if declared.get(key) != kind:
                raise ConfigError(
                    what=f"the step '{name}' needs a {noun} '{key}' of type {kind}",
                    where=where,
                    hint=f"Declare it: '--   {sign}{key} {kind} ...'.",
                )


def _column(item: tuple[int, str], path: Path) -> Column:
    line, text = item
    match = _RESULT.match(text)
    if match is None:
        raise fault(path, line, f"not a column: {text}", "Write 'name type help'.")
    return Column(match["name"], match["type"], match["help"].strip())
