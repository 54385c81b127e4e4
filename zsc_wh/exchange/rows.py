"""Warehouse rows of runs that were tracked elsewhere.

What has a name in the warehouse or in the catalog keeps its key, so that later ingests
agree with the import. Cells have keys of a kind of their own: nothing here knows all
that changed the result, so an imported cell is never taken for a computed one.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.exchange.contract import SCORES
from zsc_wh.exchange.names import Collected, Names, name_fault
from zsc_wh.exchange.predicted import read_assignment
from zsc_wh.exchange.present import HOST, Present
from zsc_wh.identity import key_of
from zsc_wh.records import CELL_NAMES
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zsc_wh.declare import Catalog
    from zsc_wh.exchange.labelled import Labelled
    from zsc_wh.exchange.runs import TrackedRun

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""When a run began, where the table does not say."""

MISSING = ("cross", "study")
"""Which cells can be declared without a run: everything with everything, or, on every
dataset, what an encoder was run with on any."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Source:
    """Where runs come from.

    Parameters
    ----------
    name : str
        The first file, by which the grid is known again.
    sha256 : mapping of Path to str
        Of each file.
    grid, text : str
        Name of the grid, and text of the mapping.
    """

    name: str
    sha256: Mapping[Path, str]
    grid: str
    text: str


class Assembler:
    """Collects the rows of runs, each thing once.

    Parameters
    ----------
    catalog : Catalog
        Names that are known.
    present : Present
        What the warehouse holds.
    datasets : mapping of str to Labelled
        What is known of each dataset, by name.
    said : mapping of str to mapping
        What the mapping says of each encoder, by name.
    source : Source
        Where the runs come from.

    Attributes
    ----------
    tables : dict
        Rows by table, of what the warehouse lacks.
    run_keys : set of str
        Runs met so far, those that the warehouse holds included.
    cells : Counter
        Runs by key of the cell.
    superseded : list of str
        Kind and version of each name, that of the grid included, that means something
        else from now on.
    unknown : list of str
        Names that neither warehouse nor catalog has; see `Names`.
    """

    def __init__(
        self,
        catalog: Catalog,
        present: Present,
        datasets: Mapping[str, Labelled],
        said: Mapping[str, Mapping[str, Any]],
        source: Source,
    ) -> None:
        self._rows = Collected(present.keys)
        self._now = datetime.now(UTC)
        self._names = Names(catalog, present, datasets, said, self._rows, self._now)
        self.tables: Tables = self._rows.tables
        self.run_keys: set[str] = set()
        self.cells: Counter[str] = Counter()
        self.superseded: list[str] = self._names.superseded
        self.unknown: list[str] = self._names.unknown
        self._datasets = datasets
        self._present = present
        self._source = source
        self._added: list[TrackedRun] = []
        self._places: set[tuple[str, ...]] = set()
        self._scores: dict[str, None] = {}

    def add(self, run: TrackedRun) -> None:
        """Add a run and all that it names.

        Raises
        ------
        DataError
            When a name cannot be one or stands for other settings than in a line
            before, a score needs labels that the dataset does not have, or the
            assignment cannot be read; no run is added then.
        """
        known = self._datasets[run.names["dataset"].text]
        for name, level in run.scores:
            if SCORES[name][1] == "labels" and known.level(level) not in known.levels:
                raise DataError(
                    what="scores against labels, and nothing says how many classes the "
                    f"dataset '{known.name}' has at the level '{known.level(level)}'"
                )
        facts, assignment = read_assignment(run, known.n_samples)
        self._names.check(run)
        names = self._names.meant(run)
        scores = [*self._score_rows(run, names["dataset"])]
        cell = self._cell(run, names)
        self._added.append(run)
        facts = _run_facts(facts)
        key = key_of(
            "imported run",
            cell=cell,
            facts=facts | {"started_at": facts["started_at"].isoformat()},
            scores=scores,
        )
        if key in self.run_keys:
            return
        self.run_keys.add(key)
        self.cells[cell] += 1
        if key in self._present.runs:
            return
        file = run.place.file
        content = {"source": file.name, "sha256": self._source.sha256[file]}
        row = {
            "run_key": key,
            "cell_key": cell,
            "host": HOST,
            "tracked_in": file.name,
        }
        self._rows.put("run", row | facts | {"versions": json.dumps(content)})
        for score in scores:
            self._rows.put("score", {"run_key": key, **score})
        if assignment is not None:
            self._rows.put("assignment", {"run_key": key, "labels": assignment})

    @property
    def n_added(self) -> int:
        """Runs that were added, those that repeat another one included."""
        return len(self._added)

    def declare_missing(self, how: str) -> int:
        """Declare cells that have no run, as one of `MISSING` says; return how many."""
        before = len(self._places)
        by_name = {
            kind: {run.names[kind].text: run.names[kind] for run in self._added}
            for kind in CELL_NAMES
        }
        settings = {(run.seed, run.dtype) for run in self._added}
        if how == "cross":
            axes = (by_name[kind] for kind in CELL_NAMES)
            wanted = {(names, *each) for names in product(*axes) for each in settings}
        else:
            wanted = {
                ((run.called[0], dataset, *run.called[2:]), run.seed, run.dtype)
                for run in self._added
                for dataset in by_name["dataset"]
            }
        for called, seed, dtype in sorted(wanted):
            pairs = zip(CELL_NAMES, called, strict=True)
            names = {kind: by_name[kind][name] for kind, name in pairs}
            run = replace(self._added[0], names=names, seed=seed, dtype=dtype)
            self._cell(run, self._names.meant(run))
        return len(self._places) - before

    def declare_grid(self) -> None:
        """Add the grid of all cells met, unless it is the newest one of its name.

        Raises
        ------
        DataError
            When the name cannot be one, or belongs to a grid that did not come from
            this file.
        """
        name = self._source.grid
        hint = "Give the imported runs another name with --grid."
        if fault := name_fault(name):
            what = f"the grid '{name}' {fault}"
            raise DataError(what=what, where=self._source.name, hint=hint)
        columns = ("cell_key", *CELL_NAMES, "level")
        content = {
            "grid_cell": [
                dict(zip(columns, place, strict=True)) for place in sorted(self._places)
            ],
            "grid_name": self._names.meanings(),
            "grid_score": [
                {"score": name, **_score_place(name)} for name in self._scores
            ],
        }
        key = key_of("imported grid", name=name, **content)
        newest, source, version = self._present.grids.get(
            name, ("", self._source.name, 0)
        )
        if source != self._source.name:
            what = f"the warehouse has a grid '{name}' from {source}"
            raise DataError(what=what, where=self._source.name, hint=hint)
        if newest == key:
            return
        if newest:
            self.superseded.append(f"grid {name}@{version}")
        row = {
            "grid_key": key,
            "name": name,
            "toml": self._source.text,
            "source": self._source.name,
            "declared_at": self._now,
        }
        self._rows.put("grid", row)
        if key in self._present.keys:
            return
        for table, rows in content.items():
            for each in rows:
                self._rows.put(table, {"grid_key": key, **each})

    def _cell(self, run: TrackedRun, names: Mapping[str, Row]) -> str:
        """Return the key of a run's cell, and add its rows when they are new."""
        keys = {kind: names[kind][f"{kind}_key"] for kind in CELL_NAMES}
        clusterer, dataset = names["clusterer"], names["dataset"]
        targets = [row for row in dataset["levels"] or () if row["is_target"]]
        target: Row = targets[0] if targets else {"level": "", "n_classes": None}
        by_labels = clusterer["k_source"] == "labels"
        embedding = key_of(
            "imported embedding", encoder=keys["encoder"], dataset=keys["dataset"]
        )
        own = {
            "reducer_key": keys["reducer"],
            "clusterer_key": keys["clusterer"],
            "embedding_key": embedding,
            "k": target["n_classes"] if by_labels else clusterer["k"],
            "seed": run.seed,
            "dtype": run.dtype,
        }
        cell = key_of("imported", **own)
        reduction = key_of(
            "imported reduction",
            embedding=embedding,
            reducer=keys["reducer"],
            seed=run.seed,
        )
        row = {
            "cell_key": cell,
            "encoder_key": keys["encoder"],
            "dataset_key": keys["dataset"],
            "subset": "all",
            "reduction_key": reduction,
        }
        self._rows.put_thing("cell", row | own)
        called = (names[kind]["name"] for kind in CELL_NAMES)
        self._places.add((cell, *called, target["level"]))
        return cell

    def _score_rows(self, run: TrackedRun, dataset: Row) -> Iterator[Row]:
        labels = {row["level"]: row["label_key"] for row in dataset["levels"] or ()}
        known = self._datasets[run.names["dataset"].text]
        for (name, level), (value, reason) in run.scores.items():
            self._scores.setdefault(name)
            place = _score_place(name)
            is_external = place["space"] == "labels"
            label = labels[known.level(level)] if is_external else ""
            yield {**place, "label_key": label, "value": value, "reason": reason}


def _score_place(name: str) -> Row:
    return dict(zip(("metric", "space", "subset"), SCORES[name], strict=True))


def _run_facts(facts: Mapping[str, Any]) -> Row:
    """Return the columns of a run that its line says, and a time in any case."""
    columns = tables()["run"].columns
    said = {name: fact for name, fact in facts.items() if name in columns}
    return {"reason": None, "started_at": UNKNOWN_TIME} | said
