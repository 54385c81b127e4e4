"""Command ``completion``: let the shell complete commands, options and names."""

from __future__ import annotations

import click

COMPLETE_VARIABLE = "_ZSCWH_COMPLETE"
"""Set by the scripts when they ask; click looks for it by the name of the command."""

HOW_TO = {
    "bash": 'eval "$(zscwh completion bash)"    # in ~/.bashrc',
    "zsh": 'eval "$(zscwh completion zsh)"    # in ~/.zshrc, after compinit',
    "fish": "zscwh completion fish > ~/.config/fish/completions/zscwh.fish",
}
"""Shells, each with the line that switches completion on."""


@click.command(epilog="Example: zscwh completion bash")
@click.argument("shell", type=click.Choice(list(HOW_TO)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete `zscwh`.

    Its last line says how to switch it on.
    """
    from zsc_wh.cli.shells import SHELLS
    from zsc_wh.cli.standard import print_out

    command = context.find_root().command
    script = SHELLS[shell](command, {}, "zscwh", COMPLETE_VARIABLE).source()
    print_out(f"{script.strip()}\n# {HOW_TO[shell]}\n")
