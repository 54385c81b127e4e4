"""The command ``zscwh``: run a command, turn errors into one line and an exit code."""

from __future__ import annotations

import os
import sys

import click

from zsc_wh.cli import cli
from zsc_wh.errors import ZscError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


def main() -> None:
    """Run the command line and exit: 0 done, 1 computing or query, 2 usage, 3 file."""
    sys.exit(run())


def run() -> int:
    """Run the command line and return its exit code."""
    try:
        code = cli.main(prog_name="zscwh", standalone_mode=False)
    except ZscError as error:
        click.echo(f"zscwh: {error}", err=True)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("zscwh: stopped", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away; that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
