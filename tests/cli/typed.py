"""A real shell behind a terminal: type a line, and see what a program would get."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from zsc_wh.cli.completion import completion

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE_S = 60.0
"""How long a shell may take to run a line, before the test gives up."""

COMMANDS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
"""Each shell, without what its user set up."""

_PREPARED = {
    "bash": "source {script}",
    "zsh": "autoload -U compinit; compinit -u -D; source {script}",
    "fish": "source {script}",
}
# Answers completions as `zscwh` does; of any other call it writes down the arguments.
_STAND_IN = """#!{python}
import json, os, pathlib, sys
if "_ZSCWH_COMPLETE" in os.environ:
    from zsc_wh.__main__ import main
    main()
written = pathlib.Path({written!r})
part = written.with_suffix(".part")
part.write_text(json.dumps(sys.argv[1:]))
part.rename(written)
"""


class Shell:
    """A shell that completes `zscwh`; to be used in a ``with`` statement.

    Parameters
    ----------
    name : str
        One of `COMMANDS`.
    home : Path
        Its home and working folder.
    outside : Path
        Folder for what the shell needs.
    """

    def __init__(self, name: str, home: Path, outside: Path) -> None:
        self._written = outside / "arguments.json"
        stand_in = outside / "bin" / "zscwh"
        stand_in.parent.mkdir()
        stand_in.write_text(
            _STAND_IN.format(python=sys.executable, written=str(self._written))
        )
        stand_in.chmod(0o755)
        script = outside / f"completion.{name}"
        script.write_text(CliRunner().invoke(completion, [name]).stdout)
        self.seen = b""
        self._prepared = _PREPARED[name].format(script=script)
        self._command = COMMANDS[name]
        self._home = home
        self._env = {
            **os.environ,
            "HOME": str(home),
            "PATH": f"{stand_in.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        self._env.pop("ZSCWH_WAREHOUSE", None)

    def __enter__(self) -> Shell:
        """Start it."""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(self._home)
            os.execvpe(self._command[0], self._command, self._env)  # noqa: S606
        self.arguments(f"{self._prepared}\rzscwh ready")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        os.close(self._terminal)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def arguments(self, line: str) -> list[str]:
        """Type a line, its tabs included, and return the arguments of the program."""
        self._written.unlink(missing_ok=True)
        os.write(self._terminal, f"{line}\r".encode())
        until = time.monotonic() + PATIENCE_S
        while not self._written.exists():
            assert time.monotonic() < until, self.seen.decode(errors="replace")
            self._look()
        found: list[str] = json.loads(self._written.read_text())
        return found

    def _look(self) -> None:
        """Take what the shell shows, and answer what it asks the terminal."""
        if select.select([self._terminal], [], [], 0.05)[0]:
            shown = os.read(self._terminal, 65536)
            self.seen += shown
            if b"\x1b[c" in shown or b"\x1b[0c" in shown:  # "what are you?"
                os.write(self._terminal, b"\x1b[?1;2c")


def missing(name: str) -> bool:
    """Whether a shell is not installed."""
    return shutil.which(name) is None
