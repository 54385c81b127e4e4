"""Which cells a ``forget`` means, as the user says it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError
from zsc_wh.records import CELL_NAMES
from zsc_wh.warehouse.naming import CELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class Criteria:
    """Cells that meet all that is given, each by one of its values; see `asked`.

    Parameters
    ----------
    cell : tuple of str
        Keys.
    grid : tuple of str
        Labels of grids, such as ``mine`` or ``mine@1``: cells that they want, by the
        names that they have for them. Without, what the newest declarations of all
        grids want; a name with a version (``photos@1``) reaches what they wanted
        before.
    encoder, dataset, reducer, clusterer : tuple of str
        Labels of names.
    seed : tuple of int
        Seeds of cells.
    status : tuple of str
        Statuses that a run left a cell in.
    """

    cell: tuple[str, ...] = ()
    grid: tuple[str, ...] = ()
    encoder: tuple[str, ...] = ()
    dataset: tuple[str, ...] = ()
    reducer: tuple[str, ...] = ()
    clusterer: tuple[str, ...] = ()
    seed: tuple[int, ...] = ()
    status: tuple[str, ...] = ()

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of the SQL that finds the cells."""
        given = {name: [*values] or None for name, values in asdict(self).items()}
        return {**given, "is_versioned": any(map(_is_version, self._labels))}

    @property
    def _labels(self) -> tuple[str, ...]:
        return (*self.encoder, *self.dataset, *self.reducer, *self.clusterer)


def asked(warehouse: Warehouse, given: Mapping[str, Sequence[Any]]) -> Criteria:
    """Return the criteria for what was asked, by the fields of `Criteria`.

    Cells are named as everywhere: by the beginning of a key, or by a path of names.

    Raises
    ------
    QueryError
        For a cell or a name that the warehouse does not have, with the nearest.
    ConfigError
        When a version and a name without one are asked for together: what goes by
        other names too is kept for the one and goes for the other.
    """
    found = {name: tuple(values) for name, values in given.items()}
    found[CELL] = tuple(
        warehouse.cell_key(text, closed=False) for text in given.get(CELL, ())
    )
    for kind in ("grid", *CELL_NAMES, "seed"):
        names = map(str, found.get(kind, ()))
        warehouse.require_known(kind, names, f"--{kind}")
    versions = [text for text in given.get(CELL, ()) if _is_version(text)]
    if versions and len(found[CELL]) > 1:
        raise _mixed(CELL, versions[0])
    for text in versions:  # such a cell is meant by its names
        for kind, name in zip(CELL_NAMES, text.split("/"), strict=False):
            if found.get(kind, (name,)) not in ((), (name,)):
                raise _mixed(kind, text)
            found[kind] = (name,)
    for kind in CELL_NAMES:
        are_versions = {_is_version(name) for name in found.get(kind, ())}
        if len(are_versions) > 1:
            version = next(filter(_is_version, found[kind]))
            raise _mixed(kind, version)
    return Criteria(**found)


def _is_version(label: str) -> bool:
    return "@" in label


def _mixed(kind: str, version: str) -> ConfigError:
    return ConfigError(
        what=f"'{version}' cannot be forgotten together with others",
        where=f"--{kind}",
        hint="Forget one after the other: what goes by other names too is kept where a "
        "version is asked for.",
    )
