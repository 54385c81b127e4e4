"""Read grids: cross products and studies, expanded into declared cells.

A grid file may also hold catalog entries of its own, so that one file is enough to
run a new image folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.declare.catalog import catalog_of, merge_entries, shipped_files
from zsc_wh.declare.cells import DeclaredCell, expand_cross, expand_study
from zsc_wh.declare.entries import (
    KINDS,
    Catalog,
    Clusterer,
    Dataset,
    Encoder,
    Probe,
    Reducer,
    Score,
)
from zsc_wh.declare.place import Place
from zsc_wh.declare.problems import Problems
from zsc_wh.declare.scope import Scope
from zsc_wh.encoders import takes_file
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field, nearest
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GRID: Mapping[str, Field] = {
    "name": Field(str, doc="how status and reports call the grid"),
    "doc": Field(str, default=None, doc="one line for people"),
    "seeds": Field(
        list, default=[0], items=int, minimum=0, doc="seeds of reducer and clusterer"
    ),
    "scores": Field(list, default=["@standard"], doc="names of scores or @tag"),
    "probes": Field(
        list,
        default=["@standard"],
        doc="names of probes or @tag, where a dataset has a train set",
    ),
    "maps": Field(
        list, default=[], doc="names of two-dimensional reducers, kept for drawing"
    ),
    "dtype": Field(
        str,
        default="float32",
        choices=("float32", "float64"),
        doc="floating point type that reducers and clusterers see",
    ),
    "weights": Field(
        dict,
        default={},
        doc="files of published weights on this machine, by name of the encoder; "
        "$ZSCWH_WEIGHTS names folders that hold them as NAME.pth",
    ),
    "needs": Field(
        dict,
        default={},
        doc="recipes that a file given with --catalog has to declare, by name, each "
        "with how to write that file",
    ),
    "cross": Field(
        list, default=[], items=dict, doc="[[cross]]: what is crossed with what"
    ),
    "study": Field(
        list, default=[], items=dict, doc="[[study]]: what follows which recipes"
    ),
}
_ENTRIES = {kind: Field(dict, default={}) for kind in KINDS}
"""Tables that a grid can hold beside its own keys; they are read as a catalog is."""
_EXPAND = {"cross": expand_cross, "study": expand_study}


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
    probes : tuple of Probe
        Probes wanted for every embedding of a dataset with a train set.
    maps : tuple of Reducer
        Two-dimensional reducers whose arrays are kept for drawing.
    dtype : str
        Floating point type that reducers and clusterers see.
    umap_reducers : mapping of str to Reducer
        Reducers of the scores' UMAP spaces, by name.
    train_sets : mapping of str to Dataset
        What supplies the references of probes, by name of a dataset of the grid.
    weights : mapping of str to Path
        Files of published weights, by name of an encoder of the grid.
    """

    name: str
    source: Path
    text: str
    cells: tuple[DeclaredCell, ...]
    scores: tuple[Score, ...]
    probes: tuple[Probe, ...]
    maps: tuple[Reducer, ...]
    dtype: str
    umap_reducers: Mapping[str, Reducer]
    train_sets: Mapping[str, Dataset]
    weights: Mapping[str, Path]


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
        hint=f"Shipped grids: {', '.join(shipped)}.",
    )


def shipped_grids() -> dict[str, Path]:
    """Return the grids that come with the package, by name."""
    folder = data_folder("ingest") / "grids"
    files = {path.stem: path for path in folder.glob("*.toml")}
    return {name: files[name] for name in sorted(files)}


def needed(file: Path) -> list[str]:
    """Return the recipes that a grid needs from other files than its own.

    Raises
    ------
    ConfigError
        When the file cannot be read or is not TOML.
    """
    return list(Problems().load(file).get("needs", {}))


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
    contents = [(file, problems.load(file)) for file in files]
    entries = [(file, problems.load(file)) for file in [*shipped_files(), *catalogs]]
    entries += [
        (file, {kind: content[kind] for kind in KINDS if kind in content})
        for file, content in contents
    ]
    found = merge_entries(entries, problems)
    catalog = catalog_of(found)
    variants: dict[str, Clusterer] = {}
    grids = [
        _read_grid(
            Scope(Place(file), catalog, found.faulty, problems, variants), content
        )
        for file, content in contents
    ]
    problems.raise_if_any()
    return [grid for grid in grids if grid is not None], catalog


def _read_grid(scope: Scope, content: Mapping[str, Any]) -> Grid | None:
    before = len(scope.problems)
    own = {key: value for key, value in content.items() if key not in KINDS}
    values = scope.problems.read(scope.place, own, {**GRID, **_ENTRIES})
    scope = _with_needs(scope, values.get("needs", {}))
    if "@" in values.get("name", ""):
        scope.fault("name", "must not hold '@'; NAME@1 is an earlier declaration")
    scores = scope.select("scores", values.get("scores", []), "score")
    probes = scope.select("probes", values.get("probes", []), "probe")
    maps = scope.select("maps", values.get("maps", []), "reducer")
    for reducer in maps:
        if reducer.params.get("n_components") != 2:
            scope.fault("maps", f"'{reducer.name}' must have n_components = 2")
    so_far = len(scope.problems)
    cells = _cells(scope, values)
    encoders = {part.name: part for cell in cells for part in cell.encoder.made_of}
    if len(scope.problems) > so_far or not cells:  # there may be more in the grid
        encoders = dict(scope.catalog.encoders)
    inner = replace(scope, place=scope.place / "weights")
    weights = _weights(inner, values.get("weights", {}), encoders)
    if len(scope.problems) > before:
        return None
    catalog = scope.catalog
    return Grid(
        name=values["name"],
        source=scope.place.file,
        text=scope.problems.text(scope.place.file),
        cells=cells,
        scores=tuple(scores),
        probes=tuple(probes),
        maps=tuple(maps),
        dtype=values["dtype"],
        umap_reducers={
            score.reducer: catalog.reducers[score.reducer]
            for score in scores
            if score.reducer is not None
        },
        train_sets={
            cell.dataset.name: catalog.datasets[cell.dataset.train]
            for cell in cells
            if cell.dataset.train is not None
            and cell.dataset.train in catalog.datasets  # else a fault, noted already
        },
        weights=weights,
    )


def _with_needs(scope: Scope, needs: Mapping[str, Any]) -> Scope:
    """Note which recipes are missing that a grid needs, each with how to write it.

    They count as faulty in the scope that is returned: a table that names one has no
    fault of its own.
    """
    inner = replace(scope, place=scope.place / "needs")
    recipes = dict(scope.faulty["recipe"])
    for name, how in needs.items():
        if not isinstance(how, str):
            inner.fault(name, "must be a string: how to write the file")
        elif name not in scope.catalog.recipes and name not in recipes:
            recipes[name] = frozenset()
            inner.fault(
                name,
                f"the recipe '{name}' is not declared; a file given with --catalog has "
                f"to. To write it: {how}",
            )
    return replace(scope, faulty={**scope.faulty, "recipe": recipes})


def _weights(
    scope: Scope, given: Mapping[str, Any], encoders: Mapping[str, Encoder]
) -> dict[str, Path]:
    """Return the files of published weights; a name has to be an encoder with some."""
    files = {}
    for name, text in given.items():
        if name in scope.faulty["encoder"]:
            continue
        if name not in encoders:
            scope.fault(name, f"no encoder of the grid{nearest(name, encoders)}")
        elif not takes_file(encoders[name].loader):
            scope.fault(
                name,
                "this encoder has no published weights in one file; weights of your "
                "own are the `path` of a loader",
            )
        elif not isinstance(text, str):
            scope.fault(name, "must be a string, the path of a file")
        else:
            try:
                files[name] = resolve(text, scope.place.file.parent)
            except ConfigError as error:
                scope.fault(name, str(error))
    return files


def _cells(scope: Scope, values: Mapping[str, Any]) -> tuple[DeclaredCell, ...]:
    """Expand every table of the grid; a cell that two of them declare stands once."""
    if [values.get(kind) for kind in _EXPAND] == [[], []]:
        scope.fault("", "declares neither [[cross]] nor [[study]]")
    seeds = scope.seeds(values)
    cells: dict[DeclaredCell, None] = {}
    for kind, expand in _EXPAND.items():
        for index, table in enumerate(values.get(kind, [])):
            inner = replace(scope, place=scope.place / kind / index)
            cells.update(dict.fromkeys(expand(inner, table, seeds)))
    return tuple(cells)
