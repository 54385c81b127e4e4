"""Import runs that something else tracked: read, translate, check, load.

Nothing is written unless every line is sound, or the user asked to leave the others
out. The rows go the way of all rows: a shard, and the loader with its audits. What the
warehouse holds already is not written again, so importing twice changes nothing. What
the mapping says otherwise than before becomes the newest declaration, and what a name
meant before stays as a version of it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.declare import read_catalog
from zsc_wh.errors import ConfigError, DataError, LoadError
from zsc_wh.exchange.mapping import ColumnMapping, read_mapping
from zsc_wh.exchange.present import dataset_facts, read_present
from zsc_wh.exchange.readings import Readings, read_table
from zsc_wh.exchange.rows import Assembler, Source
from zsc_wh.exchange.runs import read_runs
from zsc_wh.fields import nearest
from zsc_wh.records import CELL_NAMES
from zsc_wh.shards import write_shard
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zsc_wh.exchange.rows import Tables
    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class Imported:
    """Result of an import, or what it would be.

    Parameters
    ----------
    grid : str
        Name of the grid that holds the cells.
    new : mapping of str to int
        New rows by table.
    runs, cells : int
        Different runs in the file, and their cells.
    repeated : int
        Lines that say the same as another one.
    several : int
        Cells with more than one run; their scores are medians over the runs.
    superseded : list of str
        Kind and version of each name that means something else from now on, such as
        ``grid runs@1``.
    bad : list of (int, str)
        Lines that were left out, with their reasons.
    unknown : list of str
        Unmapped columns of the file.
    absent : list of str
        Columns of facts and scores that the file does not have, with the nearest name.
    ignored : int
        Columns that the mapping leaves out on purpose.
    """

    grid: str
    new: dict[str, int]
    runs: int
    cells: int
    repeated: int
    several: int
    superseded: list[str]
    bad: list[tuple[int, str]]
    unknown: list[str]
    absent: list[str]
    ignored: int


def import_runs(
    warehouse: Warehouse,
    file: Path,
    mapping: str,
    *,
    grid: str | None = None,
    catalogs: Iterable[Path] = (),
    skip_bad: bool = False,
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> Imported:
    """Bring the runs of a CSV or JSON lines file into a warehouse.

    Parameters
    ----------
    warehouse : Warehouse
        Where they go; made when there is none.
    file : Path
        The table, one run a line.
    mapping : str
        Name of a shipped column mapping, or a TOML file.
    grid : str, optional
        Name of the grid that holds the cells; by default the file's without ending.
    catalogs : iterable of Path, optional
        The user's catalog files.
    skip_bad : bool, optional
        Leave bad lines out instead of refusing the file.
    dry_run : bool, optional
        Say what would come in, and write nothing.
    on_wait : callable, optional
        Told whom it waits for, once.

    Raises
    ------
    ConfigError
        When the mapping is wrong, or the file lacks columns that every row needs.
    DataError
        When lines are bad, lines contradict each other, or the grid's name is taken
        or holds an ``@``.
    LoadError
        When a rule of the warehouse would be broken; nothing is written then.
    SchemaError, LockedError
        When the warehouse cannot be used, or not in time.
    """
    read = read_mapping(mapping)
    readings = read_table(file)
    _require_columns(readings, read, file)
    runs, bad = read_runs(readings, read)
    present = read_present(warehouse)
    source = Source(file.name, readings.sha256, grid or file.stem)
    sizes = dataset_facts(runs, read, present)
    rows = Assembler(read, read_catalog(catalogs), present, sizes, source)
    for run in runs:
        try:
            rows.add(run)
        except DataError as error:
            bad.append((run.line, error.what))
    if bad and not skip_bad:
        raise _refused(file, sorted(bad))
    if not rows.run_keys:
        raise DataError(what="no line could be read", where=str(file))
    rows.declare_grid()
    if rows.tables and not dry_run:
        _load(warehouse, rows.tables, source, on_wait)
    return _imported(rows, readings, read, source, sorted(bad))


def reasons(bad: Sequence[tuple[int, str]]) -> list[str]:
    """Return bad lines for people: each reason once, with all its lines."""
    lines: dict[str, list[str]] = {}
    for number, why in bad:
        lines.setdefault(why, []).append(str(number))
    return [
        f"line{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}: {why}"
        for why, numbers in lines.items()
    ]


def _refused(file: Path, bad: Sequence[tuple[int, str]]) -> DataError:
    what = "\n  ".join([f"{counted(len(bad), 'line')} cannot be read", *reasons(bad)])
    return DataError(
        what=what,
        where=str(file),
        hint="\nNothing was imported. Mend the file or the mapping, or leave these "
        "lines out with --skip-bad.",
    )


def _require_columns(readings: Readings, mapping: ColumnMapping, file: Path) -> None:
    """Refuse a file that lacks what every row needs, once and not for each line."""
    seed = mapping.columns["seed"]
    needed = {"seed": [{seed.column} if seed.column and not seed.default else set()]}
    for kind in CELL_NAMES:
        needed[kind] = [rule.needs for rule in mapping.rules[kind]]
    faults = []
    for what, choices in needed.items():
        if not any(columns <= {*readings.columns} for columns in choices):
            missing = sorted({str(c) for c in set().union(*choices)})
            hints = [f"'{c}'" + nearest(c, [*readings.columns]) for c in missing]
            faults.append(f"the {what} needs a column {' or '.join(hints)}")
    if faults:
        raise ConfigError(
            what="; ".join(faults),
            where=str(file),
            hint=f"The mapping {mapping.source.name} is for other columns.",
        )


def _load(
    warehouse: Warehouse,
    rows: Tables,
    source: Source,
    on_wait: Callable[[str], None] | None,
) -> None:
    """Write the rows as a shard of their own folder and load it."""
    with tempfile.TemporaryDirectory() as folder:
        write_shard(Path(folder), rows, f"import {source.name}")
        report = warehouse.load(Path(folder), on_wait=on_wait)
    for _, why in report.bad:
        raise LoadError(what=why, where=source.name, hint="Nothing was imported.")


def _imported(
    rows: Assembler,
    readings: Readings,
    mapping: ColumnMapping,
    source: Source,
    bad: list[tuple[int, str]],
) -> Imported:
    facts = [value.column for value in mapping.columns.values()]
    wanted = [*filter(None, facts), *mapping.scores]
    others = [column for column in readings.columns if column not in mapping.used]
    unknown = [column for column in others if not mapping.ignores(column)]
    return Imported(
        grid=source.grid,
        new={table: len(made) for table, made in rows.tables.items()},
        runs=len(rows.run_keys),
        cells=len(rows.cells),
        repeated=len(readings.lines)
        + len(readings.bad)
        - len(bad)
        - len(rows.run_keys),
        several=sum(count > 1 for count in rows.cells.values()),
        superseded=rows.superseded,
        bad=bad,
        unknown=unknown,
        absent=[
            f"'{column}'" + nearest(column, unknown)
            for column in wanted
            if column not in readings.columns
        ],
        ignored=len(others) - len(unknown),
    )
