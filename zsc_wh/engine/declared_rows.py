"""Warehouse rows of what a plan declares: encoders, datasets, cells, grids."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from zsc_wh.engine.plan import Plan, State
from zsc_wh.identity import canonical_json
from zsc_wh.records import Outcome, Status
from zsc_wh.stages import provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zsc_wh.declare import Clusterer, Encoder, Grid, Reducer
    from zsc_wh.engine.cells import Cell, Source
    from zsc_wh.records import Rows

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def declared_rows(plan: Plan) -> Tables:
    """Return the rows of all that the plan names and the warehouse lacks."""
    recorded = plan.recorded
    tables: Tables = {}
    for grid in plan.grids:
        keys = plan.grid_cells[grid.name]
        key = grid.key(keys)
        if recorded.newest_grids.get(grid.name) != key:
            tables.setdefault("grid", []).append(_grid(grid, key))
        if key not in recorded.grids:
            _extend(tables, _grid_rows(grid, key, keys))
    new = [cell for key, cell in plan.cells.items() if key not in recorded.cells]
    known = {kind: set(names.values()) for kind, names in recorded.names.items()}
    for cell in new:
        for kind, key, rows in (
            ("encoder", cell.embedding.encoder.key, _encoder(cell.embedding.encoder)),
            ("reducer", cell.reduction.reducer.key, _reducer(cell.reduction.reducer)),
            ("clusterer", cell.clusterer.key, _clusterer(cell.clusterer)),
            ("cell", cell.key, _cell(cell)),
        ):
            if key not in known.setdefault(kind, set()):
                known[kind].add(key)
                tables.setdefault(kind, []).append(rows)
    for key, reducer in _other_reducers(plan).items():
        if key not in known.setdefault("reducer", set()):
            known["reducer"].add(key)
            tables.setdefault("reducer", []).append(_reducer(reducer))
    for probing in plan.probings.values():
        encoder = probing.embedding.encoder
        if encoder.key not in known.setdefault("encoder", set()):
            known["encoder"].add(encoder.key)
            tables.setdefault("encoder", []).append(_encoder(encoder))
    _extend(tables, _not_applicable(plan))
    for source in plan.sources.values():
        if source.key not in known.setdefault("dataset", set()):
            _extend(tables, _dataset_rows(source))
    return tables


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
            runs.append(failed_run(plan.cells[key], outcome))
    return {"run": runs} if runs else {}


def _not_applicable(plan: Plan) -> Tables:
    """Return the rows of probes that cannot have a result, each with its reason."""
    tables: Tables = {}
    for probing in plan.probings.values():
        known = any(row.key in plan.recorded.probes for row in probing.rows)
        if probing.not_applicable and not known:
            _extend(tables, probing.unscored())
    return tables


def failed_run(cell: Cell, outcome: Outcome) -> Row:
    """Return the row of an attempt that made no assignment."""
    return {
        "run_key": secrets.token_hex(16),
        "cell_key": cell.key,
        "status": outcome.status,
        "reason": outcome.reason or "",
        "over_limit_bytes": outcome.over_limit_bytes,
        "host": provenance.host(),
        "versions": provenance.versions("cluster"),
        "started_at": provenance.now(),
    }


def _extend(tables: Tables, more: Rows) -> None:
    for table, rows in more.items():
        tables.setdefault(table, []).extend(rows)


def _other_reducers(plan: Plan) -> dict[str, Reducer]:
    """Return reducers that no cell names: those of maps and of UMAP spaces."""
    return {
        reducer.key: reducer
        for grid in plan.grids
        for reducer in [*grid.maps, *grid.umap_reducers.values()]
    }


def _grid(grid: Grid, key: str) -> Row:
    return {
        "grid_key": key,
        "name": grid.name,
        "toml": grid.text,
        "source": grid.source.name,
        "declared_at": provenance.now(),
    }


def _grid_rows(grid: Grid, key: str, cell_keys: Iterable[str]) -> Tables:
    return {
        "grid_cell": [{"grid_key": key, "cell_key": cell} for cell in cell_keys],
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


def _encoder(encoder: Encoder) -> Row:
    return {
        "encoder_key": encoder.key,
        "name": encoder.name,
        "backbone": encoder.backbone,
        "family": encoder.family,
        "objective": encoder.objective,
        "pretrained_on": encoder.pretrained_on,
        "fine_tuned": encoder.fine_tuned,
        "feature": encoder.feature,
        "image_size": encoder.image_size,
        "loader": canonical_json(encoder.loader),
        "tags": list(encoder.tags),
    }


def _reducer(reducer: Reducer) -> Row:
    return {
        "reducer_key": reducer.key,
        "name": reducer.name,
        "kind": reducer.kind,
        "params": canonical_json(reducer.params),
        "tags": list(reducer.tags),
    }


def _clusterer(clusterer: Clusterer) -> Row:
    return {
        "clusterer_key": clusterer.key,
        "name": clusterer.name,
        "kind": clusterer.kind,
        "params": canonical_json(clusterer.params),
        "k_source": clusterer.k_source,
        "k": clusterer.k,
        "knows_k": clusterer.k_source == "labels",
        "standardise": clusterer.standardise,
        "dimension_correction": clusterer.dimension_correction,
        "tags": list(clusterer.tags),
        "slot": clusterer.slot,
    }


def _cell(cell: Cell) -> Row:
    return {
        "cell_key": cell.key,
        "encoder_key": cell.embedding.encoder.key,
        "dataset_key": cell.embedding.source.key,
        "subset": "all",
        "level": cell.level,
        "embedding_key": cell.embedding.key,
        "reducer_key": cell.reduction.reducer.key,
        "reduction_key": cell.reduction.key,
        "clusterer_key": cell.clusterer.key,
        "seed": cell.seed,
        "dtype": cell.reduction.dtype,
    }


def _dataset_rows(source: Source) -> Tables:
    dataset, listing, key = source.dataset, source.listing, source.key
    return {
        "dataset": [
            {
                "dataset_key": key,
                "name": dataset.name,
                "domain_group": dataset.domain_group,
                "n_samples": len(listing),
                "n_classes": listing.n_classes,
                "imbalance": listing.imbalance,
                "loader": canonical_json(dataset.loader),
                "tags": list(dataset.tags),
                "train": dataset.train,
                "subset": canonical_json(dataset.subset) if dataset.subset else None,
                "ignored": list(listing.ignored),
            }
        ],
        "label_level": [
            {
                "dataset_key": key,
                "level": level.name,
                "depth": level.depth,
                "n_classes": level.n_classes,
                "is_target": level.is_target,
            }
            for level in listing.levels
        ],
        "label": [
            {
                "dataset_key": key,
                "level": level.name,
                "class_names": list(level.class_names),
                "class_index": list(level.class_index),
            }
            for level in listing.levels
        ],
        "sample": [
            {"dataset_key": key, "sample_index": index, "sample_id": sample_id}
            for index, sample_id in enumerate(listing.sample_ids)
        ],
    }
