"""What timm knows of a network before it is built: by name, or by its own folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.encoders.network import require
from zsc_wh.encoders.repositories import LOCAL, Layout, is_local
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

LAYOUT = Layout("config.json", ("model.safetensors", "pytorch_model.bin"))
"""The files of a network that timm's ``push_to_hf_hub`` publishes."""


def facts_of(name: str) -> Any:
    """Return what timm knows of a network.

    Parameters
    ----------
    name : str
        Known to timm, or ``local-dir:FOLDER`` with a folder that timm wrote.

    Returns
    -------
    timm.models.PretrainedCfg or None
        None of an architecture of which timm knows nothing.

    Raises
    ------
    ConfigError
        When this timm has no such architecture as the folder names.
    DataError
        When the configuration in the folder cannot be used.
    """
    import timm

    if not is_local(name):
        return timm.get_pretrained_cfg(name)
    facts, architecture, _ = _read(Path(name.removeprefix(LOCAL)))
    if not timm.is_model(architecture):
        raise ConfigError(
            what=f"timm has no network '{architecture}'"
            + nearest(architecture, timm.list_models()),
            where=name.removeprefix(LOCAL),
            hint="A newer timm may have it.",
        )
    return facts


def _read(folder: Path) -> tuple[Any, str, Any]:
    """Read the configuration of a folder with timm: facts, architecture, options."""
    from timm.models import PretrainedCfg
    from timm.models._hub import load_model_config_from_path  # exported nowhere else

    file = folder / LAYOUT.config
    try:
        facts, architecture, options = load_model_config_from_path(folder)
        return PretrainedCfg(**facts), str(architecture), options
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(
            what="it does not say which network of timm the folder holds"
            + _unknown(file),
            where=str(file),
            hint="Take the file from the repository of the network; a newer timm may "
            "read more.",
        ) from error


def _unknown(file: Path) -> str:
    """Name what timm does not know, or what is missing, of a configuration."""
    from dataclasses import fields

    from timm.models import PretrainedCfg

    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return ": it is not JSON"
    if not isinstance(content, dict) or "architecture" not in content:
        return ": it has no 'architecture'"
    known = {field.name for field in fields(PretrainedCfg)}
    inner = content.get("pretrained_cfg")
    strange = sorted(set(inner) - known) if isinstance(inner, dict) else []
    return f": timm does not know {_listed(strange)}" if strange else ""


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"'{key}'" for key in keys)


def pretrained_facts(name: str) -> Any:
    """Return what timm knows of published weights.

    Parameters
    ----------
    name : str
        See `facts_of`.

    Raises
    ------
    ConfigError
        When timm has no such weights; with the nearest.
    DataError
        As `facts_of`.
    MissingExtraError
        When torch or timm is not installed.
    """
    require("torch", "timm")
    import timm

    if not is_local(name) and not timm.is_model_pretrained(name):
        raise ConfigError(
            what=f"timm has no weights '{name}'"
            + nearest(name, timm.list_pretrained()),
            hint="Name one of timm.list_pretrained(), or a repository of the hub as "
            "hf-hub:ORG/NAME@COMMIT.",
        )
    return facts_of(name)
