"""What is installed, and how to install what is missing."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.errors import MissingExtraError

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

NAME = "zscwh"
_ROOT = Path(__file__).resolve().parents[1]


def require(
    module: str, what: str, *, extra: str = "ingest", otherwise: str = ""
) -> ModuleSpec:
    """Return where a module lies, without importing it.

    Parameters
    ----------
    module : str
        Name to import it by.
    what : str
        What it is called and what it does, for people: ``lmdb, which reads databases``.
    extra : str, optional
        The extra that brings it.
    otherwise : str, optional
        What can be done in place of installing it, such as ``save it as float32``.

    Raises
    ------
    MissingExtraError
        When it is not installed; with the command that installs it.
    """
    spec = find_spec(module)
    if spec is None:
        instead = f", or {otherwise}." if otherwise else ""
        raise MissingExtraError(
            what=f"{what}, is not installed",
            hint=f"Install it with: {install_command(extra)}{instead}",
        )
    return spec


def install_command(extra: str | None = None) -> str:
    """Return the command that adds an extra to this copy.

    Parameters
    ----------
    extra : str, optional
        Such as ``ingest``; without, the command installs the core.

    Returns
    -------
    str
        From the checkout it runs from, the file or address it was installed from, or by
        name where an index has it.
    """
    wanted = f"[{extra}]" if extra else ""
    if (_ROOT / "pyproject.toml").is_file():
        return f'pip install -e "{_ROOT}{wanted}"'
    origin = _origin()
    place = f" @ {origin}" if origin else ""
    return f'pip install "{NAME}{wanted}{place}"'


def _origin() -> str | None:
    """Return the address that pip noted, None for a package from an index."""
    try:
        noted = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    if noted is None:
        return None
    found = json.loads(noted)
    version_control = found.get("vcs_info", {}).get("vcs")
    return f"{version_control}+{found['url']}" if version_control else str(found["url"])
