"""Commands that ask a warehouse: ``queries``, ``query``, ``sql``, ``assignments``."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import (
    limits_options,
    queries_option,
    query_options,
    rows_options,
)
from zsc_wh.errors import INTERRUPTED, QueryError
from zsc_wh.fields import nearest
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse import Rows
    from zsc_wh.warehouse.limits import Limits


@click.command(epilog="Example: zscwh queries")
@click.argument("name", required=False, shell_complete=completing.queries)
@queries_option
@rows_options
def queries(
    name: str | None, folders: tuple[Path, ...], fmt: str, output: Path | None
) -> None:
    """List the named queries, or show one.

    With NAME, its file is shown as it is: parameters, columns and SQL; behind it, what
    each step in Python (`then`) does, if it has any.
    """
    from zsc_wh import sqlfiles
    from zsc_wh.cli.output import put
    from zsc_wh.cli.standard import print_out
    from zsc_wh.cli.writing import write_file
    from zsc_wh.warehouse import Rows

    known = sqlfiles.queries(*folders)
    if name is None:
        listed: list[tuple[object, ...]] = [
            (query.name, query.doc, ", ".join(f"${p.name}" for p in query.params))
            for query in known.values()
        ]
        put(Rows(("query", "doc", "params"), ("VARCHAR",) * 3, listed), fmt, output)
    elif name in known:
        text = known[name].path.read_text(encoding="utf-8")
        steps = [f"-- {line}\n" for line in _step_lines(known[name])]
        text += "".join(["\n", *steps] if steps else [])
        if output is None:
            print_out(text)
        else:
            write_file(output, text)
    else:
        raise QueryError(
            what=f"no query '{name}'" + nearest(name, known),
            hint="`zscwh queries` lists them.",
        )


def _step_lines(query: Query) -> Iterator[str]:
    """Yield what each step of a query does, and which columns it adds."""
    from zsc_wh.analyses import STEPS

    for name in query.then:
        step = STEPS[name]
        yield f"step {name}: {step.doc}; adds {', '.join(step.gives)}"


@click.command(epilog="Example: zscwh query results -p encoder=pixels -f csv")
@click.argument("name", shell_complete=completing.queries)
@query_options
@limits_options
@rows_options
@click.pass_obj
def query(
    warehouse: Path,
    /,
    name: str,
    params: dict[str, str],
    folders: tuple[Path, ...],
    fmt: str,
    output: Path | None,
    **limits: Any,
) -> None:
    """Run the named query NAME.

    Where a comparison has no complete block, standard error says what leaves it empty.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.warehouse.lost_blocks import why_empty

    _exit_on_second_interrupt()
    opened = zsc_wh.open(warehouse)
    rows = opened.run_query(name, params, folders, _limits(**limits))
    put(rows, fmt, output)
    _say_if_cut(rows)
    answer = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
    if reason := why_empty(opened, name, params, answer):
        click.echo(reason, err=True)


@click.command(
    epilog='Example: zscwh sql "select encoder, avg(ami) from result group by encoder"'
)
@click.argument("text", required=False)
@limits_options
@rows_options
@click.pass_obj
def sql(
    warehouse: Path, /, text: str | None, fmt: str, output: Path | None, **limits: Any
) -> None:
    """Run one SQL statement, read-only.

    Without TEXT, or with -, it comes from standard input. SQL can read the warehouse
    and nothing else: no file, no network, no configuration.
    """
    import zsc_wh
    from zsc_wh.cli.output import put

    if text is None or text == "-":
        text = sys.stdin.read()
    _exit_on_second_interrupt()
    rows = zsc_wh.open(warehouse).run_sql(text, _limits(**limits))
    put(rows, fmt, output)
    _say_if_cut(rows)


def _exit_on_second_interrupt() -> None:
    """Stop the query on the first Ctrl-C, and the process on the second.

    DuckDB cannot stop within one expression, such as the distance of two long texts.
    Only read, nothing is lost.
    """

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)


def _limits(
    timeout: float | None, memory_limit: str | None, limit: int | None
) -> Limits:
    from zsc_wh.engine.memory import parse_bytes
    from zsc_wh.warehouse.limits import Limits

    memory_bytes = parse_bytes(memory_limit) if memory_limit is not None else None
    return Limits(timeout, memory_bytes, limit)


def _say_if_cut(rows: Rows) -> None:
    if rows.is_cut:
        click.echo(
            f"only the first {counted(len(rows.rows), 'row')} (--limit)", err=True
        )


@click.command(epilog="Example: zscwh assignments pixels/digits/none/kmeans -f csv")
@click.argument("cell", shell_complete=completing.closed_cells)
@rows_options
@click.pass_obj
def assignments(warehouse: Path, cell: str, fmt: str, output: Path | None) -> None:
    """Print the cluster of every sample.

    Cluster -1 is noise. CELL is the key of a cell or the beginning of it, or
    ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED where there are several; photos@1 is
    what the name photos meant before.
    """
    import zsc_wh
    from zsc_wh.cli.output import put

    opened = zsc_wh.open(warehouse)
    key = opened.cell_key(cell, closed=True)
    put(opened.run_query("assignments", {"cell": key}), fmt, output)
