"""Read grids: cross products of names, expanded into declared cells.

A grid file may also hold catalog entries of its own, so that one file is enough to
run a new image folder.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.catalog import merge_entries, shipped_files
from zsc_wh.declare.entries import (
    KINDS,
    Catalog,
    Clusterer,
    Dataset,
    Encoder,
    Reducer,
    Score,
)
from zsc_wh.declare.problems import Problems, read_toml
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field, complete, nearest
from zsc_wh.identity import key_of
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

GRID: Mapping[str, Field] = {
    "name": Field(str, doc="how status and reports call the grid"),
    "doc": Field(str, default=None, doc="one line for people"),
    "seeds": Field(list, default=[0], items=int, doc="seeds of reducer and clusterer"),
    "scores": Field(list, default=["@standard"], doc="names of scores or @tag"),
    "maps": Field(list, default=[], doc="2-D reducers kept for drawing"),
    "dtype": Field(
        str,
        default="float32",
        choices=("float32", "float64"),
        doc="floating point type that reducers and clusterers see",
    ),
    "cross": Field(list, items=dict, doc="[[cross]]: what is crossed with what"),
}
CROSS: Mapping[str, Field] = {
    "datasets": Field(list, doc="names or @tag"),
    "encoders": Field(list, doc="names or @tag"),
    "reducers": Field(list, doc="names or @tag"),
    "clusterers": Field(list, doc="names or @tag"),
    "seeds": Field(list, default=None, items=int, doc="instead of those of the grid"),
    "level": Field(str, default=None, doc="label level instead of the target level"),
}
_AXES = {
    "datasets": "dataset",
    "encoders": "encoder",
    "reducers": "reducer",
    "clusterers": "clusterer",
}


@dataclass(frozen=True)
class DeclaredCell:
    """One cell as declared, before its dataset was looked at."""

    dataset: Dataset
    encoder: Encoder
    reducer: Reducer
    clusterer: Clusterer
    seed: int
    level: str | None


@dataclass(frozen=True)
class Grid:
    """A declared grid.

    Parameters
    ----------
    name, source, text
        Name, file and TOML text of the declaration.
    cells : tuple of DeclaredCell
        Every cell once, in declared order.
    scores : tuple of Score
        Scores wanted for every cell.
    maps : tuple of Reducer
        Two-dimensional reducers whose arrays are kept for drawing.
    dtype : str
        Floating point type that reducers and clusterers see.
    umap_reducers : mapping of str to Reducer
        Reducers of the scores' UMAP spaces, by name.
    """

    name: str
    source: Path
    text: str
    cells: tuple[DeclaredCell, ...]
    scores: tuple[Score, ...]
    maps: tuple[Reducer, ...]
    dtype: str
    umap_reducers: Mapping[str, Reducer]

    def key(self, cell_keys: Iterable[str]) -> str:
        """Identity of the grid: its cells and scores, whatever the wording."""
        return key_of(
            "grid",
            name=self.name,
            cells=sorted(cell_keys),
            scores=sorted(score.name for score in self.scores),
        )


def grid_file(name_or_path: str) -> Path:
    """Find a grid by path or by the name of a shipped one.

    Raises
    ------
    ConfigError
        When there is neither such a file nor such a shipped grid.
    """
    path = Path(name_or_path)
    if path.is_file():
        return path
    shipped = shipped_grids()
    if name_or_path in shipped:
        return shipped[name_or_path]
    raise ConfigError(
        what=f"no grid file or shipped grid '{name_or_path}'"
        + nearest(name_or_path, shipped),
        mend=f"Shipped grids: {', '.join(shipped)}.",
    )


def shipped_grids() -> dict[str, Path]:
    """Return the grids that come with the package, by name."""
    folder = data_folder("ingest") / "grids"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_grids(
    names: Iterable[str],
    catalogs: Iterable[Path] = (),
) -> tuple[list[Grid], Catalog]:
    """Read grids with the catalog that they select from.

    Raises
    ------
    ConfigError
        Listing every fault of every grid and catalog file.
    """
    problems = Problems()
    files = list(dict.fromkeys(grid_file(name) for name in names))
    contents = [(file, read_toml(file)) for file in files]
    entries = [(file, read_toml(file)) for file in [*shipped_files(), *catalogs]]
    entries += [
        (file, {kind: content[kind] for kind in KINDS if kind in content})
        for file, content in contents
    ]
    catalog = merge_entries(entries, problems)
    grids = [_read_grid(file, content, catalog, problems) for file, content in contents]
    problems.raise_if_any()
    return [grid for grid in grids if grid is not None], catalog


def _read_grid(
    file: Path,
    content: Mapping[str, Any],
    catalog: Catalog,
    problems: Problems,
) -> Grid | None:
    own = {key: value for key, value in content.items() if key not in KINDS}
    if not problems.check_keys(file, "grid", own, GRID):
        return None
    values = complete(GRID, own)
    before = len(problems)
    scores = _select(file, "scores", values["scores"], catalog, "score", problems)
    maps = _select(file, "maps", values["maps"], catalog, "reducer", problems)
    for reducer in maps:
        if reducer.params.get("n_components") != 2:
            problems.add(file, "maps", f"'{reducer.name}' must have n_components = 2")
    cells: dict[DeclaredCell, None] = {}
    for index, cross in enumerate(values["cross"]):
        place = f"cross[{index}]"
        cells.update(
            dict.fromkeys(_expand(file, place, cross, values, catalog, problems))
        )
    if not values["cross"]:
        problems.add(file, "cross", "the grid declares no [[cross]]")
    if len(problems) > before:
        return None
    return Grid(
        name=values["name"],
        source=file,
        text=file.read_text(encoding="utf-8"),
        cells=tuple(cells),
        scores=tuple(scores),
        maps=tuple(maps),
        dtype=values["dtype"],
        umap_reducers={
            score.reducer: catalog.reducers[score.reducer]
            for score in scores
            if score.reducer is not None
        },
    )


def _expand(
    file: Path,
    place: str,
    cross: Mapping[str, Any],
    grid: Mapping[str, Any],
    catalog: Catalog,
    problems: Problems,
) -> Iterator[DeclaredCell]:
    lists = {
        key: [value] if key in _AXES and isinstance(value, str) else value
        for key, value in cross.items()
    }
    if not problems.check_keys(file, place, lists, CROSS):
        return
    values = complete(CROSS, lists)
    axes = [
        _select(file, f"{place}.{axis}", values[axis], catalog, kind, problems)
        for axis, kind in _AXES.items()
    ]
    seeds = grid["seeds"] if values["seeds"] is None else values["seeds"]
    if not seeds or any(seed < 0 or seed >= 2**32 for seed in seeds):
        problems.add(file, f"{place}.seeds", "must hold numbers from 0 to 2**32 - 1")
    for dataset, encoder, reducer, clusterer, seed in itertools.product(*axes, seeds):
        yield DeclaredCell(
            dataset, encoder, reducer, clusterer, seed, level=values["level"]
        )


def _select(
    file: Path,
    place: str,
    names: list[str],
    catalog: Catalog,
    kind: str,
    problems: Problems,
) -> list[Any]:
    """Resolve names and tags to entries, each once, in the order given."""
    entries = catalog.of(kind)
    chosen: dict[str, Any] = {}
    for name in names:
        if name.startswith("@"):
            tagged = [e for e in entries.values() if name[1:] in e.tags]
            if not tagged:
                tags = sorted({tag for e in entries.values() for tag in e.tags})
                problems.add(
                    file,
                    place,
                    f"no {kind} has the tag '{name}'" + nearest(name[1:], tags),
                )
            chosen.update((entry.name, entry) for entry in tagged)
        elif name in entries:
            chosen[name] = entries[name]
        else:
            problems.add(file, place, f"no {kind} '{name}'" + nearest(name, entries))
    return list(chosen.values())
