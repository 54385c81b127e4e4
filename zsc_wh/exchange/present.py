"""What a warehouse holds of what a foreign table names, and how big datasets are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.exchange.mapping import FACTS, NAMED, ColumnMapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.exchange.runs import TrackedRun
    from zsc_wh.warehouse import Warehouse

HOST = "imported"
"""Host of every run that was not computed by this project; it has no assignment."""

_SIZES = ("n_samples", "n_classes")


@dataclass(frozen=True)
class Present:
    """What the warehouse holds already; empty for one that does not exist.

    Parameters
    ----------
    keys : mapping
        For each of `NAMED`: name to key.
    sizes : mapping of str to (int, int or None)
        Samples and classes of each dataset, by name.
    levels : mapping of str to str
        Target level of each dataset that has labels, by name.
    cells, runs : set of str
        Keys of cells, and of imported runs.
    grids : mapping of str to (str, str)
        Key and source of the newest declaration, by name of the grid.
    """

    keys: Mapping[str, Mapping[str, str]] = field(
        default_factory=lambda: {kind: {} for kind in NAMED}
    )
    sizes: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    cells: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()
    grids: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def read_present(warehouse: Warehouse) -> Present:
    """Read what the warehouse holds, in one connection."""
    if not warehouse.path.exists():
        return Present()
    *names, sizes, levels, cells, runs, grids = warehouse.read_all(
        (
            *(f"select name, {kind}_key from {kind}" for kind in NAMED),  # noqa: S608
            "select name, n_samples, n_classes from dataset",
            "select dataset.name, level from label_level"
            " inner join dataset using (dataset_key) where is_target",
            "select cell_key from cell",
            f"select run_key from run where host = '{HOST}'",  # noqa: S608
            "select name, grid_key, source from grid qualify row_number() over"
            " (partition by name order by declared_at desc, grid_key) = 1",
        )
    )
    return Present(
        keys={kind: dict(found) for kind, found in zip(NAMED, names, strict=True)},
        sizes={name: (samples, classes) for name, samples, classes in sizes},
        levels=dict(levels),
        cells=frozenset(key for (key,) in cells),
        runs=frozenset(key for (key,) in runs),
        grids={name: (key, source) for name, key, source in grids},
    )


def dataset_facts(
    runs: Sequence[TrackedRun], mapping: ColumnMapping, present: Present
) -> dict[str, dict[str, Any]]:
    """Return what the table and the mapping say of each dataset.

    Returns
    -------
    dict
        By name: n_samples, n_classes, domain_group and imbalance.

    Raises
    ------
    DataError
        When nothing says how many samples a dataset has, or two lines, or the table
        and the warehouse, say something else.
    """
    found: dict[str, dict[str, Any]] = {}
    lines: dict[tuple[str, str], int] = {}
    for run in runs:
        name = run.names["dataset"].text
        facts = found.setdefault(name, _known(name, mapping, present))
        for fact in _SIZES:
            given = run.facts.get(fact)
            if given is None:
                continue
            if facts[fact] is None:
                facts[fact], lines[name, fact] = given, run.line
            elif facts[fact] != given:
                line = lines.get((name, fact))
                raise DataError(
                    what=f"the dataset '{name}' has {fact} = {given} in line "
                    f"{run.line} and {facts[fact]} in "
                    + (f"line {line}" if line else "the warehouse or the mapping"),
                    mend="Give other data another name with a rule of the mapping.",
                )
    for name, facts in found.items():
        if facts["n_samples"] is None:
            raise DataError(
                what=f"nothing says how many samples the dataset '{name}' has",
                mend="Map a column to n_samples, or say it in "
                f"[facts.dataset.{name}] of the mapping.",
            )
    return found


def _known(name: str, mapping: ColumnMapping, present: Present) -> dict[str, Any]:
    """Return what is known of a dataset before the table is read."""
    facts = dict.fromkeys(FACTS["dataset"]) | dict(
        mapping.facts["dataset"].get(name, {})
    )
    stored = zip(_SIZES, present.sizes.get(name, (None, None)), strict=True)
    return facts | {fact: size for fact, size in stored if size is not None}
