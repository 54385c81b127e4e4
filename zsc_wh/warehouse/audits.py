"""Run the audits: queries that return the rows that break a rule.

The loader runs them all inside its transaction, so that what breaks a rule never
becomes part of the warehouse. An audit that names ``$since`` looks only at what shards
with a higher number brought; 0 looks at everything.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from zsc_wh.errors import LoadError
from zsc_wh.resources import data_folder
from zsc_wh.sqlfiles import Statement, audits, tables
from zsc_wh.warehouse.references import reference_audit
from zsc_wh.warehouse.rows import Finding
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb


NO_SHARD = 2**31 - 1
"""As `since`: above the number of every shard, so that none is looked at again."""


def next_dataset(con: duckdb.DuckDBPyConnection) -> int:
    """Return a rowid above those of all datasets and below those still to come.

    It holds until the end of the transaction. A row that is changed in place counts as
    one to come: DuckDB writes long lists anew.
    """
    con.execute("select coalesce(max(rowid) + 1, 0) from dataset")
    return int(con.fetchall()[0][0])


def every_audit() -> dict[str, Statement]:
    """Return all audits by name: those with a file, and those made of the tables."""
    made = {audit.name: audit for audit in (reference_audit(), energy_audit())}
    return {**audits(), **made}


@cache
def energy_audit() -> Statement:
    """Return the audit of all columns of joules."""
    measured = {
        name: [column for column in table.columns if column.endswith("_energy_j")]
        for name, table in tables().items()
    }
    selects = [
        f"select '{name}' as place, {tables()[name].key[0]} as key,"  # noqa: S608 - our files
        f" unnest([{', '.join(columns)}]) as value from {name}"
        + (" where shard_seq > $since" if "shard_seq" in tables()[name].columns else "")
        for name, columns in measured.items()
        if columns
    ]
    union = "\nunion all\n".join(selects)
    return Statement(
        name="energy",
        doc="energies are finite numbers, and none of them is below 0",
        reads=tuple(sorted(name for name, columns in measured.items() if columns)),
        sql=f"select * from ({union}) where not isfinite(value) or value < 0",  # noqa: S608 - our files
        path=data_folder("schema") / "tables",
    )


def run_audits(
    con: duckdb.DuckDBPyConnection, since: int = 0, first_dataset: int = 0
) -> list[Finding]:
    """Run every audit and return those that found something.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection, within a transaction or not.
    since : int, optional
        Number of the last shard that need not be looked at again.
    first_dataset : int, optional
        The first rowid of `dataset` that must be looked at; see `next_dataset`.
    """
    limits = {"since": since, "first_dataset": first_dataset}
    findings = (_run(con, audit, limits) for audit in every_audit().values())
    return [finding for finding in findings if finding is not None]


def require_clean(
    con: duckdb.DuckDBPyConnection, since: int, first_dataset: int = 0
) -> None:
    """Run every audit, as `run_audits`.

    Raises
    ------
    LoadError
        For the first one that found something.
    """
    for finding in run_audits(con, since, first_dataset):
        raise LoadError(
            what=f"{counted(finding.n_rows, 'row breaks', 'rows break')} the rule: "
            f"{finding.doc}; "
            f"the first is {finding.first}",
            where=f"audit {finding.audit}",
        )


def _run(
    con: duckdb.DuckDBPyConnection, audit: Statement, limits: Mapping[str, int]
) -> Finding | None:
    body = audit.sql.rstrip("; \n")
    # DuckDB refuses a parameter that the statement does not use
    params = {name: value for name, value in limits.items() if f"${name}" in body}
    # DuckDB 1.5.5 now and then fails on count(*) over () without rows (duckdb #22352).
    # The comment that may end the body must not swallow the bracket.
    sql = (
        f"with broken as materialized (\n{body}\n)"  # noqa: S608
        " select (select count(*) from broken), * from broken limit 1"
    )
    con.execute(sql, params)
    columns = [str(column[0]) for column in con.description or ()]
    rows = con.fetchall()
    if not rows:
        return None
    pairs = zip(columns[1:], rows[0][1:], strict=True)
    first = ", ".join(f"{column}={value!r}" for column, value in pairs)
    return Finding(audit.name, audit.doc, int(rows[0][0]), first)
