"""The grid that is run on images without labels: the shipped one, with their folder."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.catalog import NAME, shipped_files
from zsc_wh.declare.grid import shipped_grids
from zsc_wh.declare.written import toml_key, toml_value
from zsc_wh.errors import ConfigError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GRID = "recommend"
"""The shipped grid, whose datasets and encoders are replaced."""


@dataclass(frozen=True)
class UnlabelledGrid:
    """A grid of images without labels.

    Parameters
    ----------
    dataset : str
        What the images are called in it.
    text : str
        The file.
    """

    dataset: str
    text: str


def unlabelled_grid(
    images: Path, encoders: Sequence[str], k: int | None
) -> UnlabelledGrid:
    """Return the grid that `recommend` runs on a folder or an archive of images.

    Parameters
    ----------
    images : Path
        The folder or the archive; folders in it are not read as classes.
    encoders : sequence of str
        Names and tags of encoders; empty for those of the shipped grid.
    k : int or None
        Number of clusters for clusterers that need one; without it they are left out.

    Raises
    ------
    ConfigError
        When the name of the folder has no letter that a name can hold.
    """
    shipped = tomllib.loads(shipped_grids()[GRID].read_text(encoding="utf-8"))
    catalog = _catalog()
    dataset = _name(images, catalog["dataset"])
    content: dict[str, Any] = {
        "name": f"{GRID}-{dataset}",
        "seeds": shipped["seeds"],
        "scores": [name for name in shipped["scores"] if name != "ami"],
    }
    loader = {"kind": "folder", "path": str(images.resolve()), "labels": "none"}
    entries: dict[str, dict[str, Any]] = {
        f"dataset.{toml_key(dataset)}": {"loader": loader}
    }
    crosses = []
    for cross in shipped["cross"]:
        clusterers = []
        for name in cross["clusterers"]:
            entry = catalog["clusterer"][name]
            if entry.get("k") != "labels":
                clusterers.append(name)
            elif k is not None:
                clusterers.append(f"{name}-{k}-clusters")
                key = f"clusterer.{toml_key(clusterers[-1])}"
                title = f"{entry['title']}, {counted(k, 'cluster')}"
                entries[key] = entry | {"k": k, "title": title, "tags": []}
        own = {"datasets": [dataset], "clusterers": clusterers}
        own |= {"encoders": list(encoders)} if encoders else {}
        crosses.append(cross | own)
    lines = _lines(content)
    for key, entry in entries.items():
        lines += ["", f"[{key}]", *_lines(entry)]
    for cross in crosses:
        lines += ["", "[[cross]]", *_lines(cross)]
    return UnlabelledGrid(dataset, "\n".join([*lines, ""]))


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items()]


def _catalog() -> dict[str, dict[str, Any]]:
    """Return the shipped entries as they are written, by kind and name."""
    found: dict[str, dict[str, Any]] = {}
    for file in shipped_files():
        for kind, own in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found.setdefault(kind, {}).update(own)
    return found


def _name(images: Path, taken: Mapping[str, object]) -> str:
    """Return what the images are called: as their folder, where that is free."""
    stem = images.resolve().name if images.is_dir() else images.name.partition(".")[0]
    name = "".join(re.findall(NAME, stem)).strip().lstrip("@")
    if not name:
        raise ConfigError(
            what="the name of the folder cannot be the name of a dataset",
            where=str(images),
            hint="Rename it, or declare the images in a grid.",
        )
    return f"{name} (images)" if name in taken else name
