"""What SQL from outside may say: one statement that only reads.

DuckDB itself keeps it from files and the network, since the connection is read-only
and closed (`zsc_wh.warehouse.connect`), and its configuration is locked. That leaves
statements that DuckDB does not count as writing (attach, checkpoint, temporary
tables), and functions that switch profiling and logging on in spite of the locked
configuration (DuckDB 1.5); these are refused here, by the kind of the statement as
DuckDB's own parser names it, and by name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from zsc_wh.errors import QueryError
from zsc_wh.warehouse.execute import message_of

if TYPE_CHECKING:
    from zsc_wh.sqlfiles import Query

HINT = "Only one statement that reads is taken: select, explain, describe, show, ..."
"""How to mend a refused statement."""

_SPACE = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_FLAGS = re.DOTALL | re.IGNORECASE
_EXPLAIN = re.compile(
    rf"{_SPACE}explain\b{_SPACE}(?:analyze\b|\(\s*(?:analyze|format)\b[^()]*\))?",
    _FLAGS,
)
_READS = re.compile(rf"{_SPACE}(?:select|with|from|pivot|pivot_wider|\()", _FLAGS)
_REFUSED = re.compile(
    r"\b((?:enable|disable)_\w+|read_\w+|query|query_table|json_execute_serialized_sql)"
    rf'"?{_SPACE}\(',
    _FLAGS,
)


def check(con: duckdb.DuckDBPyConnection, text: str, where: str) -> None:
    """Refuse anything but one statement that reads.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection whose parser is asked; nothing is run.
    text : str
        The SQL.
    where : str
        What the text is, for the message.

    Raises
    ------
    QueryError
        When it does not parse, or is not one statement that reads.
    """
    if refused := _REFUSED.search(text):
        what = f"the function {refused[1].lower()} is switched off"
        raise QueryError(what=what, where=where, hint=HINT)
    try:
        statements = con.extract_statements(text)
    except duckdb.Error as error:
        raise QueryError(what=message_of(error), where=where, hint=HINT) from error
    if _is_pivot(statements, text):
        return
    if len(statements) != 1:
        what = f"there are {len(statements)} statements"
        raise QueryError(what=what, where=where, hint=HINT)
    kind = statements[0].type
    if kind == duckdb.StatementType.EXPLAIN:
        _check_explained(con, text, where)
    elif kind != duckdb.StatementType.SELECT:
        what = f"a statement of kind {kind.name} is not allowed"
        raise QueryError(what=what, where=where, hint=HINT)


def check_query(con: duckdb.DuckDBPyConnection, query: Query) -> None:
    """Check a named query as `check` does, and that it uses what it declares.

    Raises
    ------
    QueryError
        As `check`, and when the declared parameters are not those of the statement.
    """
    where = f"{query.path}:{query.line}"
    check(con, query.sql, where)
    used: set[str] = set()
    for statement in con.extract_statements(query.sql):
        used |= set(statement.named_parameters)
    declared = {param.name for param in query.params} - query.step_params
    for name in sorted(used ^ declared):
        if name in used & query.step_params:
            state = "used, and it is one of a step"
        else:
            state = "not declared" if name in used else "not used"
        raise QueryError(
            what=f"the parameter '{name}' is {state}",
            where=where,
            hint="The header must declare what the statement uses, and no more.",
        )


def _check_explained(con: duckdb.DuckDBPyConnection, text: str, where: str) -> None:
    """Check what is explained, since ``explain analyze`` runs it."""
    prefix = _EXPLAIN.match(text)
    rest = text[prefix.end() :] if prefix else ""
    try:
        kinds = [statement.type for statement in con.extract_statements(rest)]
    except duckdb.Error:  # not understood is refused below
        kinds = []
    if kinds != [duckdb.StatementType.SELECT]:
        what = "only a statement that reads can be explained"
        raise QueryError(what=what, where=where, hint=HINT)


def _is_pivot(statements: list[duckdb.Statement], text: str) -> bool:
    """Whether DuckDB made several statements out of a single ``pivot``.

    A pivot without a list of values needs them looked up first: DuckDB 1.5 turns it
    into a create and a select that have no text of their own, DuckDB 2 into one
    statement of kind MULTI.
    """
    kinds = [statement.type.name for statement in statements]
    if not _READS.match(text):
        return False
    if kinds == ["CREATE", "SELECT"]:
        return not any(statement.query for statement in statements)
    return kinds == ["MULTI"]
