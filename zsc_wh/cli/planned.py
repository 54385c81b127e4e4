"""Show a plan: a few lines for people, a table of tasks, a table of cells."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from zsc_wh.engine.forecast import forecast_plan
from zsc_wh.engine.graph import PROBE, STAGES
from zsc_wh.engine.plan import Plan, State
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from zsc_wh.store import Store

_SHOWN = 3  # of the paths that a dataset ignores


def overview(plan: Plan) -> str:
    """Return the cells by state, and why some are impossible or held."""
    lines = [
        f"grid {name}: {len(keys)} cells" for name, keys in plan.grid_cells.items()
    ]
    counts = [(plan.count(state), state) for state in State]
    lines.append(
        "  "
        + ", ".join(
            f"{count} {state}"
            for count, state in counts
            if count or state in (State.DONE, State.RUN)
        )
    )
    impossible = Counter(
        plan.reason(key)
        for key, state in plan.states.items()
        if state is State.IMPOSSIBLE
    )
    lines += [f"  impossible ({n}): {why}" for why, n in impossible.most_common()]
    held = Counter(
        (last.status, last.reason)
        for key, state in plan.states.items()
        if state is State.HELD and (last := plan.recorded.last.get(key)) is not None
    )
    lines += [
        f"  {status} before ({n}): {why}" for (status, why), n in held.most_common()
    ]
    if held:
        lines.append("  --retry failed or --retry all runs them again")
    lines += _probe_lines(plan)
    lines += [
        f"  {source.dataset.name}: {_ignored(source.listing.ignored)}"
        for source in plan.sources.values()
        if source.listing.ignored
    ]
    return "\n".join(lines)


def _ignored(paths: tuple[str, ...]) -> str:
    """Say what was left out of a dataset; names from elsewhere are quoted."""
    shown = ", ".join(map(repr, paths[:_SHOWN]))
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{len(paths)} ignored, no images by name or content: {shown}{more}"


def _probe_lines(plan: Plan) -> list[str]:
    """Return the probes by state, and why some have no result."""
    probings = plan.probings.values()
    if not probings:
        return []
    recorded = plan.recorded.probes
    done = sum(all(row.key in recorded for row in p.rows) for p in probings)
    to_run = plan.graph.count(PROBE)
    lines = [f"  probes: {done} done, {to_run} to run"]
    for word, reasons in (
        ("not applicable", Counter(p.not_applicable for p in probings)),
        ("impossible", Counter(p.impossible for p in probings)),
        ("failed before", Counter(map(plan.failed_before, probings))),
    ):
        lines += [
            f"  {word} ({n} probes): {why}" for why, n in reasons.most_common() if why
        ]
    return lines


def task_rows(plan: Plan, store: Store) -> Rows:
    """Return one row a stage: tasks to run, arrays at hand, forecasts."""
    forecast = forecast_plan(plan, store)
    rows: list[tuple[object, ...]] = []
    for stage in STAGES:
        cost = forecast[stage]
        rows.append(
            (
                stage,
                plan.graph.count(stage),
                sum(kind == stage for kind in plan.cached.values()),
                cost.seconds,
                cost.peak_bytes,
                cost.disk_bytes,
            )
        )
    return Rows(
        (
            "stage",
            "to_run",
            "cached",
            "forecast_s",
            "forecast_peak_bytes",
            "forecast_disk_bytes",
        ),
        ("VARCHAR", "INTEGER", "INTEGER", "DOUBLE", "BIGINT", "BIGINT"),
        rows,
    )


def cell_rows(plan: Plan) -> Rows:
    """Return one row a cell: its names, its state and why."""
    rows: list[tuple[object, ...]] = []
    for key, state in plan.states.items():
        cell = plan.cells[key]
        last = plan.recorded.last.get(key)
        reason = plan.reason(key)
        if state is State.HELD and last is not None:
            reason = f"{last.status}: {reason}"
        rows.append(
            (
                cell.embedding.encoder.name,
                cell.embedding.source.dataset.name,
                cell.reduction.reducer.name,
                cell.clusterer.name,
                cell.seed,
                str(state),
                reason,
                key,
            )
        )
    return Rows(
        (
            "encoder",
            "dataset",
            "reducer",
            "clusterer",
            "seed",
            "state",
            "reason",
            "cell_key",
        ),
        ("VARCHAR",) * 4 + ("INTEGER",) + ("VARCHAR",) * 3,
        rows,
    )
