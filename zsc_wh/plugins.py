"""Find what a declaration names in Python: an entry point or a dotted name.

A declaration of the kind ``python`` names code of the user's own. It is imported where
it is run, in a worker, and never by a plan. Modules that lie beside the declaring file
are found because the engine puts its folder at the end of the workers' search path.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import Any

from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest
from zsc_wh.words import error_line

GROUPS = {
    "encoder": "zscwh.encoders",
    "dataset": "zscwh.datasets",
    "reducer": "zscwh.reducers",
    "clusterer": "zscwh.clusterers",
}
"""Entry point groups by kind of catalog entry."""


def installed(kind: str) -> tuple[str, ...]:
    """Return the names of the installed entry points in the group of a kind."""
    return tuple(sorted({point.name for point in entry_points(group=GROUPS[kind])}))


def find(target: str, kind: str) -> Any:
    """Return the object that `target` names.

    Parameters
    ----------
    target : str
        A dotted name, ``package.module.thing`` or ``package.module:thing``, or the name
        of an entry point in the group of `kind`.
    kind : {"encoder", "dataset", "reducer", "clusterer"}
        What is declared.

    Raises
    ------
    ConfigError
        When there is no such entry point, module or attribute, or importing it fails.
    """
    if "." not in target and ":" not in target:
        points = {point.name: point for point in entry_points(group=GROUPS[kind])}
        if target in points:
            try:
                return points[target].load()
            except Exception as error:  # importing runs foreign code
                raise _broken(target, error) from error
    module, _, attribute = target.partition(":")
    if not attribute:
        module, _, attribute = target.rpartition(".")
    if not module or not attribute:
        raise ConfigError(
            what=f"'{target}' is neither a dotted name nor an installed entry point"
            + nearest(target, installed(kind)),
            hint=f"Write it as package.module:name, or install a package that has it "
            f"in the entry point group {GROUPS[kind]}.",
        )
    try:
        found = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # importing runs foreign code
        raise _broken(target, error) from error
    return found


def _broken(target: str, error: Exception) -> ConfigError:
    return ConfigError(
        what=f"'{target}' cannot be imported ({error_line(error)})",
        hint="Check the name; the module must be installed, or lie beside the file "
        "that declares it.",
    )
