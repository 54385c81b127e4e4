"""How this copy was installed, and so how to install an extra of it."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

NAME = "zscwh"
_ROOT = Path(__file__).resolve().parents[1]


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
