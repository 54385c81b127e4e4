"""What a warehouse holds of what a foreign table names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zsc_wh.identity import key_of
from zsc_wh.records import CELL_NAMES
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.warehouse import Warehouse

Row = dict[str, Any]

HOST = "imported"
"""Host of every run that was not computed by this project; it has no assignment."""

CONTENT: Mapping[str, tuple[str, ...]] = {
    "encoder": ("feature", "image_size"),
    "dataset": ("n_samples",),
    "reducer": ("kind", "params"),
    "clusterer": ("kind", "params", "standardise", "dimension_correction"),
}
"""What an import can say of the things themselves, beside their names."""


@dataclass(frozen=True)
class Present:
    """What the warehouse holds already; empty for one that does not exist.

    Parameters
    ----------
    names : mapping of str to mapping of (str, str or None) to dict
        For each of `CELL_NAMES`, by name, and by name of the dataset for stored
        features: the newest declaration. It has the columns of ``<kind>_name``, with
        the time in microseconds since 1970, those of `CONTENT`, `version` (number of
        the current meaning) and, for datasets, `levels`: a list of level, label_key,
        n_classes and is_target, None without labels.
    keys : set of str
        Keys of all things, labels, cells and declarations of grids that have rows.
    runs : set of str
        Keys of imported runs.
    grids : mapping of str to (str, str, int)
        Key, source and version of the newest declaration, by name of the grid.
    """

    names: Mapping[str, Mapping[tuple[str, str | None], Row]] = field(
        default_factory=lambda: {kind: {} for kind in CELL_NAMES}
    )
    keys: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()
    grids: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)

    def stored(self, kind: str, name: str, dataset: str | None = None) -> Row | None:
        """Return the newest declaration of a name; None for one that is not known.

        Stored features of `dataset` come before an imported encoder: that one stands
        for all datasets of which the warehouse has no features.
        """
        rows = self.names[kind]
        own, other = rows.get((name, dataset)), rows.get((name, None))
        if own is None or other is None:
            return own or other
        is_newer = own[_TIME] >= other[_TIME]
        return own if is_newer or is_imported(kind, other) else other


def imported_key(kind: str, row: Mapping[str, Any]) -> str:
    """Return the key of an imported thing, from its name and what is said of it."""
    said = {column: row[column] for column in CONTENT[kind]}
    return key_of(f"imported {kind}", name=row["name"], said=said)


def is_imported(kind: str, row: Mapping[str, Any]) -> bool:
    """Whether an import brought what a row of `Present.names` stands for."""
    return bool(row[f"{kind}_key"] == imported_key(kind, row))


def read_present(warehouse: Warehouse) -> Present:
    """Read what the warehouse holds, in one connection."""
    if not warehouse.path.exists():
        return Present()
    *names, keys, runs, grids = warehouse.read_all(
        (
            *(_names_sql(kind) for kind in CELL_NAMES),
            " union all ".join(f"select {key} from {table}" for table, key in _KEYS),  # noqa: S608
            "select run_key from run where tracked_in is not null",
            "select grid.name, grid_key, source, version from grid"
            " inner join grid_version using (grid_key, declared_at) where is_newest",
        )
    )
    columns = {kind: [*_columns(kind)] for kind in CELL_NAMES}
    rows = {
        kind: [dict(zip(columns[kind], row, strict=True)) for row in found]
        for kind, found in zip(CELL_NAMES, names, strict=True)
    }
    return Present(
        names={
            kind: {(row["name"], row.get("dataset")): row for row in rows[kind]}
            for kind in CELL_NAMES
        },
        keys=frozenset(key for (key,) in keys),
        runs=frozenset(key for (key,) in runs),
        grids={name: (key, source, number) for name, key, source, number in grids},
    )


_TIME = "declared_at"
_KEYS = (
    *((kind, f"{kind}_key") for kind in CELL_NAMES),
    ("cell", "cell_key"),
    ("grid", "grid_key"),
    ("label", "label_key"),
    ("label_level", "labelling_key"),
)


def _columns(kind: str) -> Iterator[str]:
    """Yield the columns of a newest declaration in the order of `_names_sql`."""
    yield from tables()[f"{kind}_name"].columns
    yield from CONTENT[kind]
    yield "version"
    if kind == "dataset":
        yield "levels"


def _names_sql(kind: str) -> str:
    """Return SQL for the newest declaration of every name of a kind."""
    columns = [
        f"epoch_us(said.{column})" if column == _TIME else f"said.{column}"
        for column in tables()[f"{kind}_name"].columns
    ]
    columns += [f"thing.{column}" for column in CONTENT[kind]]
    columns += ["name_version.version"]
    levels = ""
    if kind == "dataset":
        columns += ["labelled.levels"]
        levels = (
            " left join (select labelling_key, list(struct_pack(level := level,"
            " label_key := label_key, n_classes := n_classes, is_target := is_target)"
            " order by depth, level) as levels from label_level"
            " inner join label using (label_key) group by labelling_key) as labelled"
            " on labelled.labelling_key = said.labelling_key"
        )
    key = f"{kind}_key"
    # of stored features, every dataset has versions of its own
    own = "said.dataset" if kind == "encoder" else "null"
    return (
        f"select {', '.join(columns)} from {kind}_name as said"  # noqa: S608
        f" inner join name_version on name_version.kind = '{kind}'"
        " and name_version.name = said.name and name_version.meaning = said.meaning"
        f" inner join {kind} as thing on thing.{key} = said.{key}{levels}"
        " where name_version.is_current qualify row_number() over"
        f" (partition by said.name, {own} order by said.{_TIME} desc, said.{key}) = 1"
    )
