"""The command line: parse, call one function, print.

The modules of commands import click alone at their top; what a command needs is
imported when it runs, so that ``zscwh --help`` is quick.
"""

from __future__ import annotations

from pathlib import Path

import click

from zsc_wh import __version__
from zsc_wh.cli.ask import assignments, queries, query, sql
from zsc_wh.cli.catalog import catalog
from zsc_wh.cli.compare import compare
from zsc_wh.cli.completion import completion
from zsc_wh.cli.doctor import doctor
from zsc_wh.cli.exchange import export, import_
from zsc_wh.cli.explain import explain
from zsc_wh.cli.help import help_
from zsc_wh.cli.keep import forget, init, load, status
from zsc_wh.cli.migrate import migrate
from zsc_wh.cli.options import TEXT, home_expanded
from zsc_wh.cli.prune import prune
from zsc_wh.cli.publish import publish
from zsc_wh.cli.recommend import recommend
from zsc_wh.cli.report import report
from zsc_wh.cli.run import ingest, plan
from zsc_wh.cli.silhouettes import silhouettes
from zsc_wh.cli.table import table
from zsc_wh.running.given import DEFAULT_WAREHOUSE, WAREHOUSE_VARIABLE


class _InOrder(click.Group):
    """A group that lists its commands in the order of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


class _Once(click.Command):
    """A command whose options are given once, or may be given several times.

    Click takes the last of ``--encoder a --encoder b`` and says nothing of the first.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, but refuse an option that is given twice and takes one value."""
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        for parameter in order:
            if (
                isinstance(parameter, click.Option)
                and not (parameter.multiple or parameter.is_flag or parameter.count)
                and sum(other is parameter for other in order) > 1
            ):
                fault = "it is given twice, and takes one value"
                raise click.BadParameter(fault, ctx, parameter)
        return super().parse_args(ctx, args)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog="Example: zscwh ingest quickstart && zscwh report -o report.html",
)
@click.option(
    "--warehouse",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(DEFAULT_WAREHOUSE),
    envvar=WAREHOUSE_VARIABLE,
    callback=home_expanded,
    show_default=True,
    show_envvar=True,
    help="The warehouse file.",
)
@click.version_option(__version__, prog_name="zscwh")
@click.pass_context
def cli(context: click.Context, warehouse: Path) -> None:
    """Cluster unseen image sets with frozen encoders and keep every result in DuckDB.

    A grid file names datasets, encoders, reducers and clusterers; `ingest` runs the
    cells that are missing; queries, SQL and reports answer from the warehouse.
    """
    context.obj = warehouse


for _command in (
    init,
    plan,
    ingest,
    load,
    status,
    queries,
    query,
    recommend,
    table,
    sql,
    report,
    publish,
    assignments,
    silhouettes,
    explain,
    compare,
    export,
    import_,
    forget,
    prune,
    migrate,
    catalog,
    help_,
    doctor,
    completion,
):
    for _parameter in _command.params:
        if _parameter.type is click.STRING:
            _parameter.type = TEXT
    _command.__class__ = _Once
    cli.add_command(_command)
