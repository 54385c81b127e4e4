"""Import runs that something else tracked: read, translate, check, load.

Files are read by the header of a mapping, its SELECT gives the columns of the contract
(`zsc_wh.exchange.contract`), and its rows become rows of the warehouse.
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
from zsc_wh.errors import DataError, LoadError
from zsc_wh.exchange.labelled import labelled
from zsc_wh.exchange.mapping import TABLE, read_mapping
from zsc_wh.exchange.present import read_present
from zsc_wh.exchange.rows import Assembler, Source
from zsc_wh.exchange.runs import TrackedRun, read_runs
from zsc_wh.exchange.values import Bad, read_tracked
from zsc_wh.shards import write_shard
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
        Different runs, and their cells.
    repeated : int
        Runs that say the same as another one.
    missing : int
        Cells declared without a run.
    unused : int
        Lines that are no run by the mapping.
    several : int
        Cells with more than one run; their scores are medians over the runs.
    superseded : list of str
        Kind and version of each name that means something else from now on, such as
        ``grid runs@1``.
    strange : list of str
        Kind and name of what neither warehouse nor catalog has, with the nearest name.
    bad : list of (Place, str)
        Lines that were left out, with their reasons.
    unknown : list of str
        Unmapped columns of the files.
    absent : list of str
        Columns of the mapping that no file has, with the nearest name.
    ignored : int
        Columns that the mapping leaves out on purpose.
    """

    grid: str
    new: dict[str, int]
    runs: int
    cells: int
    repeated: int
    missing: int
    unused: int
    several: int
    superseded: list[str]
    strange: list[str]
    bad: list[Bad]
    unknown: list[str]
    absent: list[str]
    ignored: int


def import_runs(
    warehouse: Warehouse,
    files: Sequence[Path],
    mapping: str,
    *,
    grid: str | None = None,
    catalogs: Iterable[Path] = (),
    missing: str | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> Imported:
    """Bring runs that something else tracked into a warehouse, as one grid.

    Parameters
    ----------
    warehouse : Warehouse
        Where they go; made when there is none.
    files : sequence of Path
        The tables: CSV, JSON lines or Parquet.
    mapping : str
        Name of a shipped mapping, or a SQL file.
    grid : str, optional
        Name of the grid that holds the cells; by default the first file's without
        ending.
    catalogs : iterable of Path, optional
        The user's catalog files.
    missing : {"cross", "study"}, optional
        Declare cells without a run, too; see `rows.MISSING`.
    skip_bad : bool, optional
        Leave bad lines out instead of refusing the files.
    dry_run : bool, optional
        Say what would come in, and write nothing.
    on_wait : callable, optional
        Told whom it waits for, once.

    Raises
    ------
    ConfigError
        When the mapping is wrong, or no file has a column that it requires.
    DataError
        When lines are bad, lines contradict each other, or the grid's name is taken
        or holds an ``@``.
    LoadError
        When a rule of the warehouse would be broken; nothing is written then.
    SchemaError, LockedError
        When the warehouse cannot be used, or not in time.
    """
    # it imports duckdb
    from zsc_wh.warehouse.mapped import run_mapping

    read = read_mapping(mapping)
    tracked = read_tracked(files, read)
    rows = run_mapping(read.sql, TABLE, tracked.frame, read.path, read.line)
    runs, refused = read_runs(rows, tracked.places, f"{read.path}:{read.line}")
    bad = [*tracked.bad, *refused]
    catalog, present = read_catalog(catalogs), read_present(warehouse)
    source = Source(files[0].name, tracked.sha256, grid or files[0].stem, read.text)
    assembler = Assembler(
        catalog, present, labelled(runs, catalog, present), _encoders(runs), source
    )
    for run in runs:
        try:
            assembler.add(run)
        except DataError as error:
            bad.append((run.place, error.what))
    bad = sorted(
        dict.fromkeys(bad), key=lambda each: (str(each[0].file), each[0].number)
    )
    if bad and not skip_bad:
        raise _refused(files, bad)
    if not assembler.run_keys:
        where = ", ".join(map(str, files))
        raise DataError(what="no line is a run by the mapping", where=where)
    n_missing = assembler.declare_missing(missing) if missing else 0
    assembler.declare_grid()
    if assembler.tables and not dry_run:
        _load(warehouse, assembler.tables, source, on_wait)
    used = {str(run.place) for run in runs} | {str(place) for place, _ in bad}
    return Imported(
        grid=source.grid,
        new={table: len(made) for table, made in assembler.tables.items()},
        runs=len(assembler.run_keys),
        cells=len(assembler.cells),
        repeated=assembler.n_added - len(assembler.run_keys),
        missing=n_missing,
        unused=len(tracked.places.keys() - used),
        several=sum(count > 1 for count in assembler.cells.values()),
        superseded=assembler.superseded,
        strange=assembler.unknown,
        bad=bad,
        unknown=tracked.unknown,
        absent=tracked.absent,
        ignored=tracked.ignored,
    )


def reasons(bad: Sequence[Bad]) -> list[str]:
    """Return bad lines for people: each reason once, with all its lines."""
    is_one_file = len({place.file for place, _ in bad}) == 1
    lines: dict[tuple[str, Path | None], list[str]] = {}
    for place, why in bad:
        file = None if is_one_file else place.file
        lines.setdefault((why, file), []).append(str(place.number))
    return [
        f"{f'{file}, ' if file else ''}line{'s' if len(numbers) > 1 else ''} "
        f"{', '.join(numbers)}: {why}"
        for (why, file), numbers in lines.items()
    ]


def _encoders(runs: Sequence[TrackedRun]) -> dict[str, Mapping[str, object]]:
    """Return what the mapping says of each encoder, by name; the first run counts."""
    names = (run.names["encoder"] for run in reversed(runs))
    return {name.text: name.said for name in names}


def _refused(files: Sequence[Path], bad: Sequence[Bad]) -> DataError:
    what = "\n  ".join([f"{counted(len(bad), 'line')} cannot be used", *reasons(bad)])
    return DataError(
        what=what,
        where=", ".join(map(str, files)),
        hint="\nNothing was imported. Mend the files or the mapping, or leave these "
        "lines out with --skip-bad.",
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
