"""Which sides of a comparison the user means."""

from __future__ import annotations

from pathlib import Path

from zsc_wh.errors import ConfigError, SchemaError
from zsc_wh.records import CELL_NAMES
from zsc_wh.results.sides import Side
from zsc_wh.results.versions import base_of, find_names, find_versions, has_name
from zsc_wh.warehouse import Warehouse


def sides(a: str, b: str, warehouse: Path) -> tuple[Side, Side]:
    """Return what two texts mean; versions of a name are known by each other.

    Parameters
    ----------
    a, b : str
        Each a warehouse file, ``grid:NAME``, ``seed:N``, one of two encoders, datasets,
        reducers or clusterers (``encoder:NAME``), or a version of a name.
    warehouse : Path
        The warehouse that all but files are of.

    Raises
    ------
    ConfigError
        When one of them means nothing, with how to write it.
    SchemaError
        When there is no such warehouse.
    """
    (kind, label_a), (kind_b, label_b) = map(_kind_and_label, (a, b))
    names = {base_of(label) or label for label in (label_a, label_b)}
    if kind == kind_b and kind in CELL_NAMES and len(names) == 2:
        opened = _existing(warehouse)
        left, right = find_names(opened, kind, (label_a, label_b))
        return Side(opened, version=left), Side(opened, version=right)
    if (
        kind == kind_b
        and kind in (None, *CELL_NAMES)
        and len(names) == 1
        and (base_of(label_a) or base_of(label_b))
    ):
        opened = _existing(warehouse)
        are_files = Path(a).exists() and Path(b).exists()
        # a name wins over files that are called so
        if not are_files or (warehouse.exists() and has_name(opened, names.pop())):
            left, right = find_versions(opened, (label_a, label_b), kind)
            return Side(opened, version=left), Side(opened, version=right)
    return _side(a, warehouse), _side(b, warehouse)


def _kind_and_label(text: str) -> tuple[str | None, str]:
    """Return the kind that stands before a label, if one does, and the label."""
    kind, colon, label = text.partition(":")
    return (
        (kind, label)
        if colon and kind in (*CELL_NAMES, "grid", "seed")
        else (None, text)
    )


def _side(text: str, warehouse: Path) -> Side:
    kind, label = _kind_and_label(text)
    if kind == "grid":
        return Side(_existing(warehouse), grid=label)
    if kind == "seed":
        if not label.isdecimal():
            fault = f"'{label}' is not a seed"
            raise ConfigError(what=fault, hint="Write it like seed:1.")
        return Side(_existing(warehouse), seed=int(label))
    if kind is not None or (base_of(text) and not Path(text).exists()):
        name = base_of(label) or label
        raise ConfigError(
            what=f"'{text}' is compared with another version, such as {name}@1 or "
            f"{name}, or with another of its kind, as encoder:A with encoder:B",
        )
    if not Path(text).exists():
        raise SchemaError(
            what=f"there is no warehouse '{text}'",
            hint="A side is the file of a warehouse, grid:NAME, seed:N, encoder:NAME "
            "(or dataset, reducer, clusterer) or, beside another version of the name, "
            "NAME@1.",
        )
    return Side(_existing(Path(text)))


def _existing(path: Path) -> Warehouse:
    warehouse = Warehouse(path)
    warehouse.require_file()
    return warehouse
