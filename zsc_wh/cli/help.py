"""Command ``help``: the reference of everything that can be declared."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from zsc_wh.cli import completing

_WIDEST = 100
"""Columns beyond which text is hard to read."""


@click.command("help", epilog="Example: zscwh help umap")
@click.argument("name", required=False, shell_complete=completing.topics)
@click.option("--markdown", is_flag=True, help="Print the whole reference as a page.")
@click.option(
    "--schema",
    is_flag=True,
    help="Print the JSON schema of files, for editors. NAME is grid, catalog, mapping "
    "or report; without it, the schema is for any of them.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
@click.pass_context
def help_(
    context: click.Context,
    name: str | None,
    markdown: bool,
    schema: bool,
    output: Path | None,
) -> None:
    """Show the keys of what can be declared, or list what there is.

    NAME is a kind of file or table (grid, dataset, ...), a loader, a method, a chart or
    a command.
    """
    from zsc_wh.cli.standard import print_out
    from zsc_wh.cli.writing import write_file

    if markdown and (schema or name is not None):
        fault = "--markdown prints everything: drop NAME and --schema."
        raise click.UsageError(fault)
    if schema:
        text = _schema(name)
    elif markdown:
        from zsc_wh.reference import page

        text = page()
    else:
        text = _shown(context, name)
    if output is None:
        print_out(text)
    else:
        write_file(output, text)


def _schema(name: str | None) -> str:
    import json

    from zsc_wh.errors import ConfigError
    from zsc_wh.fields import nearest
    from zsc_wh.reference import FILES, schema

    if name is not None and name not in FILES:
        raise ConfigError(
            what=f"no schema of '{name}'{nearest(name, FILES)}",
            hint=f"There is one of {', '.join(FILES)}; of any of them without a name.",
        )
    return json.dumps(schema(name), indent=1, ensure_ascii=False) + "\n"


def _shown(context: click.Context, name: str | None) -> str:
    """Return what is known of a name, which can be that of a command, too."""
    from zsc_wh.reference import about, is_known, listed, shown

    width = min(shutil.get_terminal_size().columns, _WIDEST)
    if name is None:
        return listed(width)
    group = context.find_root().command
    command = (
        group.get_command(context, name) if isinstance(group, click.Group) else None
    )
    if command is None:
        return shown(about(name), width)
    if is_known(name):
        also = f"\n`zscwh {name} --help` is about the command.\n"
        return shown(about(name), width) + also
    return command.get_help(click.Context(command, context.parent, name)) + "\n"
