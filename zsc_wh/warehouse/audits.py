"""Run the audits: queries that return the rows that break a rule.

The loader runs them all inside its transaction, so that what breaks a rule never
becomes part of the warehouse. An audit that names ``$since`` looks only at what shards
with a higher number brought; 0 looks at everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.errors import LoadError
from zsc_wh.sqlfiles import Statement, audits
from zsc_wh.warehouse.rows import Finding

if TYPE_CHECKING:
    import duckdb


NO_SHARD = 2**31 - 1
"""As `since`: above the number of every shard, so that none is looked at again."""


def run_audits(con: duckdb.DuckDBPyConnection, since: int = 0) -> list[Finding]:
    """Run every audit and return those that found something.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection, within a transaction or not.
    since : int, optional
        Number of the last shard that need not be looked at again.
    """
    findings = (_run(con, audit, since) for audit in audits().values())
    return [finding for finding in findings if finding is not None]


def require_clean(con: duckdb.DuckDBPyConnection, since: int) -> None:
    """Run every audit.

    Raises
    ------
    LoadError
        For the first one that found something.
    """
    for finding in run_audits(con, since):
        raise LoadError(
            what=f"{finding.n_rows} rows break the rule: {finding.doc}; "
            f"the first is {finding.first}",
            where=f"audit {finding.audit}",
        )


def _run(
    con: duckdb.DuckDBPyConnection, audit: Statement, since: int
) -> Finding | None:
    body = audit.sql.rstrip("; \n")
    params = {"since": since} if "$since" in body else {}
    # the comment that may end the body must not swallow the bracket
    sql = f"with broken as (\n{body}\n) select count(*) over (), * from broken limit 1"  # noqa: S608
    con.execute(sql, params)
    columns = [str(column[0]) for column in con.description or ()]
    rows = con.fetchall()
    if not rows:
        return None
    pairs = zip(columns[1:], rows[0][1:], strict=True)
    first = ", ".join(f"{column}={value!r}" for column, value in pairs)
    return Finding(audit.name, audit.doc, int(rows[0][0]), first)
