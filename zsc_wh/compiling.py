"""Keep what numba compiles: once for a machine, not once for a process.

Workers get a folder for compiled code in their environment. Where there is one,
functions of libraries that do not keep their code themselves are made to, and the first
process that needs them compiles while the others wait for it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FOLDER = "NUMBA_CACHE_DIR"
"""Variable of the environment by which numba knows the folder; a user may set it."""

_PACKAGES = ("numba", "llvmlite", "numpy", "umap-learn", "pynndescent", "pacmap")
"""What the code depends on. numba looks at one file for each function, and a function
holds what it calls in others."""


@contextmanager
def code_kept(say: Callable[[str], None]) -> Iterator[Mapping[str, str]]:
    """Yield what the environment of workers must say to keep compiled code.

    The folder is the one that the user has set, else one in the user's cache for these
    versions of the libraries. Where it cannot be written, `say` is told, and the
    workers share a folder that is removed in the end.
    """
    named = os.environ.get(FOLDER)
    folder = Path(named).absolute() if named else _own_folder()
    fault = _fault(folder)
    if fault is None:
        yield {FOLDER: str(folder)}
        return
    say(
        f"compiled code cannot be kept in {folder} ({fault}) and is compiled again by "
        f"each ingest; set {FOLDER} to a folder that can be written"
    )
    with tempfile.TemporaryDirectory(prefix="zscwh-numba-") as temporary:
        yield {FOLDER: temporary}


@contextmanager
def turn_to_compile(name: str) -> Iterator[bool]:
    """Yield whether this process is the first that needs the code of `name`.

    The others wait meanwhile. Without a folder for compiled code none is the first.
    """
    folder = os.environ.get(FOLDER)
    done = Path(folder or "", f"{name}.compiled")
    if not folder or done.exists():
        yield False
        return
    import fcntl

    done.parent.mkdir(parents=True, exist_ok=True)
    with done.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed
        is_first = not done.exists()
        if not is_first:
            fcntl.flock(file, fcntl.LOCK_UN)
        yield is_first
        done.touch()


def keep_code(*packages: str) -> None:
    """Have the functions of imported packages keep their code, where there is a folder.

    Call it before they are called first: what is compiled already is not kept.
    """
    if not os.environ.get(FOLDER):
        return
    from numba.core.dispatcher import Dispatcher

    modules = [
        module
        for name, module in sys.modules.items()
        if name.partition(".")[0] in packages
    ]
    for module in modules:
        for function in vars(module).values():
            if isinstance(function, Dispatcher) and not function.signatures:
                function.enable_caching()


def _own_folder() -> Path:
    """Return the folder in the user's cache for the versions that are installed."""
    found = [platform.python_version()]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    versions = hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]
    return Path(home).expanduser() / "zscwh" / "numba" / versions


def _fault(folder: Path) -> str | None:
    """Say why a folder cannot be written, or None; it is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror or "it cannot be written"
