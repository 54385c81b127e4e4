"""The command ``zscwh``: run a command, turn errors into one line and an exit code."""

from __future__ import annotations

import gc
import os
import sys

import click

from zsc_wh.cli import cli, standard
from zsc_wh.cli.completion import COMPLETE_VARIABLE
from zsc_wh.cli.writing import ReaderGoneError
from zsc_wh.errors import INTERRUPTED, ConfigError, SchemaError, ZscError
from zsc_wh.files import MACHINE_FAULTS

_GC_THRESHOLD = 100_000  # objects


def main() -> None:
    """Run the command line and exit: 0 done, 1 computing or query, 2 usage, 3 file."""
    # A plan of 120,000 samples makes millions of objects that stay: to look for cycles
    # among them every 700 objects took a quarter of its time.
    gc.set_threshold(_GC_THRESHOLD)
    standard.install()
    if COMPLETE_VARIABLE in os.environ:
        from zsc_wh.cli import shells

        shells.register()
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
    except ReaderGoneError:
        return 0
    except OSError as error:
        return _system_error(error)
    return code if isinstance(code, int) else 0


def _system_error(error: OSError) -> int:
    """Say what the system refused; an error that names no file is a fault of ours."""
    if error.errno in MACHINE_FAULTS:
        click.echo(f"zscwh: {_of_the_machine(error)}", err=True)
        return SchemaError.exit_code
    if isinstance(error, FileNotFoundError) and not _has_working_folder():
        click.echo("zscwh: the working folder has been deleted", err=True)
        return ConfigError.exit_code
    if not isinstance(error.filename, str | bytes):
        raise error
    click.echo(f"zscwh: {os.fsdecode(error.filename)}: {error.strerror}", err=True)
    return ConfigError.exit_code


def _of_the_machine(error: OSError) -> str:
    """Say what the machine refused, and that nothing which was done is lost."""
    where = f"{error.filename}: " if error.filename else ""
    return (
        f"{where}{error.strerror}. What was finished is kept; free space or mend the "
        "disk or the permissions, and run the same command again."
    )


def _has_working_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - Path.cwd() is the same call
    except FileNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
