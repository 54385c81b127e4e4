"""Warehouse rows of what a plan declares: names, datasets, labels, cells, grids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.declared import Row, Tables, clusterer_rows, encoder_rows, reducer_rows
from zsc_wh.engine.names import named_entries
from zsc_wh.engine.plan import Plan, State
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.records import CELL_NAMES, Outcome, Status
from zsc_wh.sqlfiles import tables
from zsc_wh.work import provenance

if TYPE_CHECKING:
    from datetime import datetime

    from zsc_wh.declare import Encoder, Grid
    from zsc_wh.engine.wanted import Wanted
    from zsc_wh.records import Rows
    from zsc_wh.work import Cell, Embedding, Source


def declared_rows(plan: Plan) -> Tables:
    """Return the rows of all that the plan names and the warehouse lacks.

    Names whose newest declaration says the same as the plan are left as they are.
    """
    now = provenance.now()
    recorded = plan.recorded
    found: Tables = {}
    for grid in plan.grids:
        wanted = plan.wanted[grid.name]
        names = _grid_names(plan, grid)
        key = _grid_key(grid, wanted, names)
        if recorded.newest_grids.get(grid.name) != key:
            _put(found, "grid", [_grid(grid, key, now)])
        if key not in recorded.grids:
            _extend(found, _grid_rows(grid, key, wanted, names))
    new = [cell for key, cell in plan.cells.items() if key not in recorded.cells]
    _put(found, "cell", [_cell(cell) for cell in new])
    for rows in _named_rows(plan, now):
        _extend(found, rows)
    _extend(found, _not_applicable(plan))
    return _unknown(found, plan)


def impossible_rows(plan: Plan) -> Tables:
    """Return a skipped run for each impossible cell, unless it stands there already."""
    runs = []
    for key, state in plan.states.items():
        last = plan.recorded.last.get(key)
        reason = plan.cells[key].impossible
        if reason is None or state is not State.IMPOSSIBLE:
            continue
        if last is None or last.reason != reason:
            outcome = Outcome(Status.SKIPPED, reason)
            runs.append(plan.cells[key].failed_run(outcome))
    return {"run": runs} if runs else {}


def _put(found: Tables, table: str, rows: list[Row]) -> None:
    if rows:
        found.setdefault(table, []).extend(rows)


def _extend(found: Tables, more: Rows) -> None:
    for table, rows in more.items():
        _put(found, table, rows)


def _unknown(found: Tables, plan: Plan) -> Tables:
    """Leave out what the warehouse has, and say everything once."""
    recorded = plan.recorded
    left: Tables = {}
    for table, rows in found.items():
        key = tables()[table].key
        if table.endswith("_name") and table != "grid_name":
            rows = [row for row in rows if not recorded.says(table, row)]
        else:
            known = recorded.keys.get(table, set())
            rows = [row for row in rows if row[key[0]] not in known]
        once = {tuple(row[column] for column in key): row for row in rows}
        _put(left, table, list(once.values()))
    return left


def _named_rows(plan: Plan, now: datetime) -> list[Tables]:
    """Return the rows of everything that has a name in the plan."""
    rows: list[Tables] = [_encoder_rows(e, now) for e in plan.embeddings.values()]
    rows += [_dataset_rows(source, now) for source in plan.sources.values()]
    cells = [one.declared for wanted in plan.wanted.values() for one in wanted]
    reducers = {cell.reducer: None for cell in cells}
    for grid in plan.grids:
        # those of maps and of UMAP spaces
        reducers |= dict.fromkeys([*grid.maps, *grid.umap_reducers.values()])
    rows += [reducer_rows(reducer, now) for reducer in reducers]
    clusterers = {cell.clusterer: None for cell in cells}
    return rows + [clusterer_rows(clusterer, now) for clusterer in clusterers]


def _not_applicable(plan: Plan) -> Tables:
    """Return the rows of probes that cannot have a result, each with its reason."""
    found: Tables = {}
    for probing in plan.probings.values():
        known = any(row.key in plan.recorded.probes for row in probing.rows)
        if probing.not_applicable and not known:
            _extend(found, probing.unscored())
    return found


_Names = dict[tuple[str, str, str], str]


def _grid_names(plan: Plan, grid: Grid) -> _Names:
    """Return what the names of a grid mean, by kind, name and dataset."""
    names: _Names = {}
    encoders: dict[str, dict[Encoder, None]] = {}
    for wanted in plan.wanted[grid.name]:
        for kind, entry, dataset, meaning in named_entries(wanted):
            names[kind, entry.name, dataset] = meaning
        declared = wanted.declared
        encoders.setdefault(declared.dataset.name, {})[declared.encoder] = None
        for part in declared.encoder.parts:
            embedding = plan.embeddings[part.name, declared.dataset.name]
            names["encoder", part.name, declared.dataset.name] = embedding.meaning
    if grid.probes:
        for dataset, train in grid.train_sets.items():
            source = plan.sources[train.name]
            names["dataset", train.name, ""] = source.listing.meaning
            for encoder in encoders[dataset]:
                for each in (encoder, *encoder.parts):
                    embedding = plan.embeddings[each.name, train.name]
                    names["encoder", each.name, train.name] = embedding.meaning
    return names


def _grid_key(grid: Grid, wanted: list[Wanted], names: _Names) -> str:
    """Identity of a declaration: its cells, names and scores, whatever the wording."""
    return key_of(
        "grid",
        name=grid.name,
        cells=sorted([one.cell.key, *one.names] for one in wanted),
        names=sorted([*name, meaning] for name, meaning in names.items()),
        scores=sorted(score.name for score in grid.scores),
        # without a train set there is nothing to probe with
        probes=sorted(probe.key for probe in grid.probes if grid.train_sets),
    )


def _grid(grid: Grid, key: str, now: datetime) -> Row:
    return {
        "grid_key": key,
        "name": grid.name,
        "toml": grid.text,
        "source": grid.source.name,
        "declared_at": now,
    }


def _grid_rows(grid: Grid, key: str, wanted: list[Wanted], names: _Names) -> Tables:
    columns = (*CELL_NAMES, "level")
    return {
        "grid_cell": [
            {
                "grid_key": key,
                "cell_key": one.cell.key,
                **dict(zip(columns, one.names, strict=True)),
            }
            for one in wanted
        ],
        "grid_name": [
            {
                "grid_key": key,
                "kind": kind,
                "name": name,
                "dataset": dataset,
                "meaning": meaning,
            }
            for (kind, name, dataset), meaning in names.items()
        ],
        "grid_score": [
            {
                "grid_key": key,
                "score": score.name,
                "metric": score.metric,
                "space": score.space,
                "subset": score.subset,
            }
            for score in grid.scores
        ],
    }


def _encoder_rows(embedding: Embedding, now: datetime) -> Tables:
    is_of_one = embedding.is_by_content
    return encoder_rows(
        embedding.encoder,
        embedding.encoder_key,
        embedding.meaning,
        now,
        embedding.source.dataset.name if is_of_one else None,
    )


def _cell(cell: Cell) -> Row:
    return {
        "cell_key": cell.key,
        "encoder_key": cell.embedding.encoder_key,
        "dataset_key": cell.embedding.source.key,
        "subset": "all",
        "embedding_key": cell.embedding.key,
        "reducer_key": cell.reduction.reducer.key,
        "reduction_key": cell.reduction.key,
        "clusterer_key": cell.clusterer.key,
        "k": cell.n_clusters,
        "seed": cell.seed,
        "dtype": cell.reduction.dtype,
    }


def _dataset_rows(source: Source, now: datetime) -> Tables:
    dataset, listing = source.dataset, source.listing
    name: dict[str, Any] = {
        "name": dataset.name,
        "dataset_key": listing.key,
        "declared_at": now,
        "meaning": listing.meaning,
        "title": dataset.title,
        "doc": dataset.doc,
        "tags": list(dataset.tags),
        "labelling_key": listing.labelling_key,
        "listing_key": listing.listing_key,
        "domain_group": dataset.domain_group,
        "licence": dataset.licence,
        "loader": canonical_json(dataset.loader),
        "train": dataset.train,
        "subset": canonical_json(dataset.subset) if dataset.subset else None,
        "ignored": list(listing.ignored),
    }
    return {
        "dataset": [
            {
                "dataset_key": listing.key,
                "n_samples": len(listing),
                "content_sha256": listing.content_sha256,
                "sample_sha256": list(listing.digests),
                "facts": canonical_json(listing.facts),
            }
        ],
        "dataset_name": [name],
        "listing": [
            {
                "listing_key": listing.listing_key,
                "sample_ids": list(listing.sample_ids),
            }
        ],
        "label": [
            {
                "label_key": level.key,
                "n_classes": level.n_classes,
                "imbalance": level.imbalance,
                "class_names": list(level.class_names),
                "class_index": list(level.class_index),
            }
            for level in listing.levels
        ],
        "label_level": [
            {
                "labelling_key": listing.labelling_key,
                "level": level.name,
                "depth": level.depth,
                "is_target": level.is_target,
                "label_key": level.key,
            }
            for level in listing.levels
        ],
    }
