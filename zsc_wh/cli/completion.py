"""Command ``completion``: let the shell complete commands, options and names."""

from __future__ import annotations

import click

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
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    from zsc_wh.cli.standard import print_out

    kinds = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    command = context.find_root().command
    script = kinds[shell](command, {}, "zscwh", "_ZSCWH_COMPLETE").source()
    print_out(f"{script.strip()}\n# {HOW_TO[shell]}\n")
