"""Warehouse rows of runs that were tracked elsewhere.

What has a name in the warehouse or in the catalog keeps its key, so that later ingests
agree with the import. Cells have keys of a kind of their own: nothing here knows all
that changed the result, so an imported cell is never taken for a computed one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.exchange.present import HOST, Present
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from zsc_wh.declare import Catalog
    from zsc_wh.exchange.mapping import ColumnMapping, Scored
    from zsc_wh.exchange.runs import Name, TrackedRun

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""When a run began, where the table does not say."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Source:
    """The table that rows come from: its file name and sha256, and the grid's name."""

    name: str
    sha256: str
    grid: str


class Assembler:
    """Collects the rows of runs, each thing once.

    Parameters
    ----------
    mapping : ColumnMapping
        What the columns mean.
    catalog : Catalog
        Names that are known.
    present : Present
        What the warehouse holds.
    sizes : mapping of str to dict
        What is known of each dataset, by name; see `dataset_facts`.
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
    """

    def __init__(
        self,
        mapping: ColumnMapping,
        catalog: Catalog,
        present: Present,
        sizes: Mapping[str, Row],
        source: Source,
    ) -> None:
        self.tables: Tables = {}
        self.run_keys: set[str] = set()
        self.cells: Counter[str] = Counter()
        self._mapping = mapping
        self._catalog = catalog
        self._present = present
        self._sizes = sizes
        self._source = source
        self._keys: dict[tuple[str, str], str] = {}
        self._settings: dict[tuple[str, str], tuple[Row, int]] = {}
        self._scores: dict[Scored, None] = {}

    def add(self, run: TrackedRun) -> None:
        """Add a run and all that it names.

        Raises
        ------
        DataError
            When a name stands for other settings than in a line before, or a score
            needs labels that the dataset does not have; nothing is added then.
        """
        self._check(run)
        keys = {kind: self._key(kind, name) for kind, name in run.names.items()}
        cell = self._cell(run, keys)
        scores = [self._score(run, scored) for scored in run.scores]
        facts = _run_facts(run)
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
        content = {"source": self._source.name, "sha256": self._source.sha256}
        row = {"run_key": key, "cell_key": cell, "host": HOST}
        self._put("run", row | facts | {"versions": json.dumps(content)})
        for score in scores:
            self._put("score", {"run_key": key, **score})

    def declare_grid(self) -> None:
        """Add the grid of all cells met, unless it is the newest one of its name.

        Raises
        ------
        DataError
            When the name belongs to a grid that did not come from this file.
        """
        name = self._source.grid
        scores = [self._grid_score(scored) for scored in self._scores]
        cells = sorted(self.cells)
        key = key_of("imported grid", name=name, cells=cells, scores=scores)
        newest, source = self._present.grids.get(name, ("", self._source.name))
        if source != self._source.name:
            raise DataError(
                what=f"the warehouse has a grid '{name}' from {source}",
                where=self._source.name,
                mend="Give the imported runs another name with --grid.",
            )
        if newest == key:
            return
        row = {
            "grid_key": key,
            "name": name,
            "toml": self._mapping.text,
            "source": self._source.name,
            "declared_at": datetime.now(UTC),
        }
        self._put("grid", row)
        for cell in cells:
            self._put("grid_cell", {"grid_key": key, "cell_key": cell})
        for score in scores:
            self._put("grid_score", {"grid_key": key, **score})

    def _put(self, table: str, row: Row) -> None:
        self.tables.setdefault(table, []).append(row)

    def _check(self, run: TrackedRun) -> None:
        if self._level(run) is None and any(s.space == "labels" for s in run.scores):
            raise DataError(
                what="scores against labels, and nothing says how many classes the "
                f"dataset '{run.names['dataset'].text}' has"
            )
        for kind, name in run.names.items():
            said = _settings(name)
            before, line = self._settings.get((kind, name.text), (said, run.line))
            if before != said:
                raise DataError(
                    what=f"the {kind} '{name.text}' has other parameters than in line "
                    f"{line}; the mapping must give it another name"
                )
        for kind, name in run.names.items():
            self._settings.setdefault((kind, name.text), (_settings(name), run.line))

    def _level(self, run: TrackedRun) -> str | None:
        """Return the label level that judges a run."""
        name = run.names["dataset"].text
        if name in self._present.keys["dataset"]:
            return self._present.levels.get(name)
        return self._mapping.level if self._sizes[name]["n_classes"] else None

    def _key(self, kind: str, name: Name) -> str:
        """Return the key of what is named, and add its row when it is new."""
        if name.text in self._present.keys[kind]:
            return self._present.keys[kind][name.text]
        if (kind, name.text) not in self._keys:
            # the catalog does not know the samples, which are the identity of a dataset
            if kind == "dataset":
                row = self._dataset(name.text)
            else:
                entry = self._catalog.of(kind).get(name.text)
                row = _from_catalog(kind, entry) if entry else self._new(kind, name)
            self._keys[kind, name.text] = row[f"{kind}_key"]
            self._put(kind, row)
        return self._keys[kind, name.text]

    def _dataset(self, name: str) -> Row:
        """Return the row of a dataset, and add that of its label level."""
        key, facts = key_of("imported dataset", name=name), self._sizes[name]
        if facts["n_classes"]:
            level = {"dataset_key": key, "level": self._mapping.level, "depth": 0}
            classes = {"n_classes": facts["n_classes"], "is_target": True}
            self._put("label_level", level | classes)
        loader = canonical_json({"kind": HOST})
        row = {"dataset_key": key, "name": name, "loader": loader, "tags": []}
        return row | facts

    def _new(self, kind: str, name: Name) -> Row:
        """Return the row of an encoder, reducer or clusterer that no catalog has."""
        key = key_of(f"imported {kind}", name=name.text)
        row: Row = {f"{kind}_key": key, "name": name.text, "tags": []}
        if kind == "encoder":
            known = self._mapping.facts["encoder"].get(name.text, {})
            loader = canonical_json({"kind": HOST})
            default = {"family": "unknown", "fine_tuned": False, "loader": loader}
            return row | default | dict(known)
        row |= {**name.rule.more, "params": canonical_json(name.params)}
        if kind == "clusterer":
            row["slot"] = row["slot"] or name.text
            row["knows_k"] = row["k_source"] == "labels"
        return row

    def _cell(self, run: TrackedRun, keys: Mapping[str, str]) -> str:
        """Return the key of a run's cell, and add its row when it is new."""
        embedding = key_of(
            "imported embedding", encoder=keys["encoder"], dataset=keys["dataset"]
        )
        own = {
            "reducer_key": keys["reducer"],
            "clusterer_key": keys["clusterer"],
            "embedding_key": embedding,
            "level": self._level(run),
            "seed": run.facts["seed"],
            "dtype": self._mapping.dtype,
        }
        cell = key_of("imported", **own)
        if cell not in self.cells:
            self.cells[cell] = 0
            if cell not in self._present.cells:
                reduction = key_of(
                    "imported reduction",
                    embedding=embedding,
                    reducer=keys["reducer"],
                    seed=run.facts["seed"],
                )
                row = {
                    "cell_key": cell,
                    "encoder_key": keys["encoder"],
                    "dataset_key": keys["dataset"],
                    "subset": "all",
                    "reduction_key": reduction,
                }
                self._put("cell", row | own)
        return cell

    def _score(self, run: TrackedRun, scored: Scored) -> Row:
        self._scores.setdefault(scored)
        value, reason = run.scores[scored]
        return {
            "metric": scored.metric,
            "space": scored.space,
            "subset": scored.subset,
            "level": self._level(run) if scored.space == "labels" else "",
            "value": value,
            "reason": reason,
        }

    def _grid_score(self, scored: Scored) -> Row:
        place = {
            "metric": scored.metric,
            "space": scored.space,
            "subset": scored.subset,
        }
        named = [
            name
            for name, score in self._catalog.scores.items()
            if {key: getattr(score, key) for key in place} == place
        ]
        return {"score": named[0] if named else "-".join(place.values()), **place}


def _from_catalog(kind: str, entry: Any) -> Row:
    """Return the row of a catalog entry: those of its attributes that are columns."""
    row: Row = {f"{kind}_key": entry.key}
    if kind == "clusterer":
        row["knows_k"] = entry.k_source == "labels"
    for column in tables()[kind].columns:
        if column not in row:
            value = getattr(entry, column)
            value = canonical_json(value) if isinstance(value, Mapping) else value
            row[column] = list(value) if isinstance(value, tuple) else value
    return row


def _run_facts(run: TrackedRun) -> Row:
    """Return the columns of a run that its line says, and a time in any case."""
    columns = tables()["run"].columns
    facts = {name: fact for name, fact in run.facts.items() if name in columns}
    known = {"status": run.status, "reason": run.reason, "started_at": UNKNOWN_TIME}
    return known | facts


def _settings(name: Name) -> Row:
    return {**name.rule.more, **name.params}
