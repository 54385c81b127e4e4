"""Say early which extra a command needs, before anything is begun."""

from __future__ import annotations

from importlib.util import find_spec

from zsc_wh.errors import MissingExtraError
from zsc_wh.installed import install_command

_INGEST = ("PIL", "psutil", "sklearn", "timm", "torch", "umap")
_REPORT = ("altair", "jinja2", "vl_convert")


def require_ingest() -> None:
    """Raise `MissingExtraError` unless the packages of the extra `ingest` are there."""
    _require("ingest", _INGEST)


def require_report() -> None:
    """Raise `MissingExtraError` unless the packages of the extra `report` are there."""
    _require("report", _REPORT)


def _require(extra: str, modules: tuple[str, ...]) -> None:
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            what=f"this command needs the extra '{extra}' (missing here: "
            f"{', '.join(missing)})",
            hint=f"Install it: {install_command(extra)}.",
        )
